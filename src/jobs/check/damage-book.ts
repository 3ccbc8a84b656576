/**
 * Collects what is wrong: one finding for each object or snapshot and reason, with what it affects.
 * @module
 */
import { displayPath } from '../../files/path.ts';
import type { PathKey } from '../../format/entry.ts';
import type { CheckFinding } from '../events.ts';

/** Paths that one finding names; the others are counted. */
const AFFECTS_MAX = 50;
/** So many findings name paths; what has lost more than this needs no list. */
const LISTS_MAX = 2000;

/** Why a check found fault. The words are for scripts: they stay. */
export type Reason =
  | 'object-damaged'
  | 'unknown-object'
  | 'settings-missing'
  | 'pack-missing'
  | 'pack-size'
  | 'pack-unindexed'
  | 'pack-damaged'
  | 'index-mismatch'
  | 'chunk-missing'
  | 'chunk-damaged'
  | 'manifest-damaged'
  | 'size-mismatch'
  | 'snapshot-damaged'
  | 'snapshot-missing'
  | 'snapshot-replaced';

/** One fault, as it is being collected. */
export interface Damage {
  readonly severity: CheckFinding['severity'];
  readonly subject: string;
  readonly reason: Reason;
  readonly message: string;
  /** Named so far, bounded. */
  readonly affects: string[];
  affected: number;
  /** The last one, so that a file with several chunks gone counts once. */
  last: string;
}

export class DamageBook {
  readonly #all = new Map<string, Damage>();
  readonly #emitted = new Set<Damage>();
  readonly #faulty = new Set<string>();
  #lists = 0;
  errors = 0;
  warnings = 0;

  /** The fault of that subject and reason; the first message about it stays. */
  note(
    subject: string,
    reason: Reason,
    message: string,
    severity: CheckFinding['severity'] = 'error',
  ): Damage {
    const key = `${reason} ${subject}`;
    const known = this.#all.get(key);
    if (known) return known;
    const damage: Damage = {
      severity,
      subject,
      reason,
      message,
      affects: [],
      affected: 0,
      last: '',
    };
    this.#all.set(key, damage);
    if (severity === 'error') {
      this.errors++;
      this.#faulty.add(subject);
    } else this.warnings++;
    return damage;
  }

  /** Whether an error about that subject was noted. */
  isFaulty(subject: string): boolean {
    return this.#faulty.has(subject);
  }

  has(subject: string, reason: Reason): boolean {
    return this.#all.has(`${reason} ${subject}`);
  }

  /** A path of a snapshot that cannot be had because of it; what is found out later is not added. */
  affect(damage: Damage, snapshotId: string, path: PathKey, andFollowing = false): void {
    if (this.#emitted.has(damage)) return;
    const following = andFollowing ? ' and what follows it' : '';
    const text = `${snapshotId.slice(0, 8)}:${displayPath(path)}${following}`;
    if (text === damage.last) return;
    damage.last = text;
    if (damage.affected++ === 0) this.#lists++;
    if (damage.affects.length >= AFFECTS_MAX || this.#lists > LISTS_MAX) return;
    damage.affects.push(text);
  }

  /** The findings that were not handed out before. */
  *take(): Generator<CheckFinding> {
    for (const damage of this.#all.values()) {
      if (this.#emitted.has(damage)) continue;
      this.#emitted.add(damage);
      const { severity, subject, reason, affects } = damage;
      yield {
        type: 'finding',
        severity,
        subject,
        reason,
        message: messageOf(damage),
        ...(affects.length > 0 && { affects }),
      };
    }
  }
}

function messageOf({ message, affected, affects }: Damage): string {
  const more = affected - affects.length;
  return more > 0 ? `${message} (and ${more} more paths are affected)` : message;
}
