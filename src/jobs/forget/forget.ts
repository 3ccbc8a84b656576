/**
 * Forgets snapshots, by name or by a retention policy: the job as an async generator of events, the last of which is
 * the summary. Nothing is deleted: that is what `prune` does, once the grace is over.
 * @module
 */
import { createHash } from 'node:crypto';
import { AppError } from '../../base/failure.ts';
import type { ForgottenSnapshot } from '../../format/documents/gc-record.ts';
import type { GroupField, RetentionPolicy } from '../../format/documents/retention.ts';
import {
  DEFAULT_GROUP_BY,
  DEFAULT_RETENTION,
  keepsAnything,
} from '../../format/documents/retention.ts';
import { forgetSnapshots, tombstoneOf } from '../../vault/gc/forget-snapshots.ts';
import { SNAPSHOT_PREFIX } from '../../vault/pack-key.ts';
import type { Vault } from '../../vault/vault.ts';
import type { SnapshotFilter } from '../inspect/snapshot-filter.ts';
import { snapshotMatcher } from '../inspect/snapshot-filter.ts';
import { GRACE_MS_DEFAULT } from '../prune/options.ts';
import type { ForgetEvent, GroupReport, PolicyReport } from './events.ts';
import type { KnownSnapshot } from './find-missing.ts';
import { findMissing } from './find-missing.ts';
import type { Candidates } from './load-candidates.ts';
import { loadCandidates } from './load-candidates.ts';
import { namedIds } from './named-ids.ts';
import type { GroupDecisions } from './policy/apply-policy.ts';
import { applyPolicy } from './policy/apply-policy.ts';
import { Calendar } from './policy/calendar.ts';
import { groupText } from './policy/groups.ts';
import { policyText } from './policy/policy-text.ts';
import { savePolicy } from './saved-policy.ts';

export interface ForgetOptions {
  /** Snapshots that go whatever the rules say; `snapshot-selector.ts` has the forms. */
  readonly selectors?: readonly string[];
  /** Which of the others the rules are for; all by default. */
  readonly filter?: SnapshotFilter;
  /**
   * The rules; without them those that the vault holds, or else 7 daily, 4 weekly, 12 monthly, 7 yearly. `none`: only
   * what is named goes.
   */
  readonly rules?: RetentionPolicy | 'none';
  /** Stronger than what the policy says. */
  readonly groupBy?: readonly GroupField[] | undefined;
  /** IANA name of the zone whose days count where the policy names none. */
  readonly timeZone: string;
  /** The rules are saved in the vault as well. */
  readonly savePolicy?: boolean;
  /** The last snapshot of a group may go. */
  readonly allowEmpty?: boolean;
  /** Snapshots that vanished are taken for lost: there will be no more alarm for them. */
  readonly missing?: boolean;
  /** Snapshots that this host saw once, for `missing`. */
  readonly remembered?: readonly KnownSnapshot[];
  readonly dryRun?: boolean;
  /** How long they can be had back; 24 hours by default. */
  readonly graceMs?: number | undefined;
  readonly signal?: AbortSignal;
}

/**
 * @throws AppError `usage` where a group would be emptied, or there is no such time zone; `snapshot/…` for a snapshot
 *   that is not there; `store/…`. Nothing is forgotten then.
 */
export async function* forget(vault: Vault, options: ForgetOptions): AsyncGenerator<ForgetEvent> {
  const startedMs = vault.clock();
  const { dryRun = false, graceMs = GRACE_MS_DEFAULT, signal } = options;
  const loaded = await loadCandidates(vault, signal);
  yield* damageNotices(loaded);
  const policy = choosePolicy(vault, options);
  if (policy) yield policy.report;
  const { groups, named } = await decide(vault, options, policy, loaded);
  yield* groups.map(groupReport);
  if (!options.allowEmpty) refuseToEmpty(groups);

  const missing = options.missing
    ? findMissing(loaded.candidates, options.remembered ?? [], {
        stored: loaded.stored,
        forgotten: loaded.gc.forgotten,
      })
    : [];
  for (const { id, host, sequence } of missing) yield { type: 'missing', id, host, sequence };
  const gone = groups.flatMap(({ decisions }) => decisions.filter(({ isKept }) => !isKept));
  const tombstones = [
    ...gone.map(({ candidate }) => tombstoneOf(candidate)),
    ...(await damagedTombstones(vault, loaded, named, signal)),
  ];
  if (!dryRun && options.savePolicy && policy) await savePolicy(vault, policy.rules, signal);
  const all = [...tombstones, ...missing];
  const records = dryRun ? [] : await forgetSnapshots(vault, all, { graceMs, signal });
  const asked = groups.flatMap(({ decisions }) => decisions);
  yield {
    type: 'summary',
    dryRun,
    kept: asked.length - gone.length,
    forgotten: tombstones.length,
    missing: missing.length,
    futureDated: asked.filter(({ isFutureDated }) => isFutureDated).length,
    damaged: loaded.damaged.length,
    graceMs,
    records,
    durationMs: vault.clock() - startedMs,
  };
}

function damageNotices({ damaged }: Candidates): ForgetEvent[] {
  return damaged.map(({ id, error }) => {
    const message = `snapshot ${id.slice(0, 8)} cannot be read: ${error.message}`;
    return { type: 'notice', message };
  });
}

interface ChosenPolicy {
  readonly rules: RetentionPolicy;
  readonly report: PolicyReport;
}

function choosePolicy(vault: Vault, options: ForgetOptions): ChosenPolicy | undefined {
  if (options.rules === 'none') return undefined;
  const { retention } = vault.settings;
  const { rules = retention ?? DEFAULT_RETENTION } = options;
  if (!keepsAnything(rules)) throw new AppError('usage', 'there is no rule what to keep');
  const source = options.rules ? 'given' : retention ? 'saved' : 'default';
  const groupBy = options.groupBy ?? rules.groupBy;
  const timeZone = rules.timeZone ?? options.timeZone;
  const report = { type: 'policy', source, rules: policyText(rules), groupBy, timeZone } as const;
  return { rules: { ...rules, groupBy }, report };
}

async function decide(
  vault: Vault,
  options: ForgetOptions,
  policy: ChosenPolicy | undefined,
  { candidates, damaged }: Candidates,
): Promise<{ groups: GroupDecisions[]; named: ReadonlySet<string> }> {
  const ids = [...candidates, ...damaged].map(({ id }) => id);
  const named = await namedIds(vault, options.selectors ?? [], ids, options.signal);
  const fits = snapshotMatcher(options.filter ?? {});
  const isJudged = ({ snapshot }: (typeof candidates)[number]) => fits(snapshot);
  const groups = applyPolicy({
    candidates,
    named,
    isJudged,
    policy: policy?.rules,
    groupBy: options.groupBy ?? policy?.rules.groupBy ?? DEFAULT_GROUP_BY,
    calendar: new Calendar(policy?.report.timeZone ?? options.timeZone),
    nowMs: vault.clock(),
  });
  // Of a group of which nothing was asked, nothing is told.
  const isAsked = ({ decisions }: GroupDecisions) =>
    decisions.some(({ candidate, isKept }) => !isKept || (policy && isJudged(candidate)));
  return { groups: groups.filter(isAsked), named };
}

function groupReport({ key, decisions }: GroupDecisions): GroupReport {
  return {
    type: 'group',
    group: key,
    decisions: decisions.map(({ candidate, isKept, isFutureDated, reasons }) => {
      const { timeMs, host, tags } = candidate.snapshot;
      const action = isKept ? 'keep' : 'forget';
      return { id: candidate.id, timeMs, host, tags, action, isFutureDated, reasons };
    }),
  };
}

function refuseToEmpty(groups: readonly GroupDecisions[]): void {
  const emptied = groups.find(({ isEmptied }) => isEmptied);
  if (!emptied) return;
  const message = `nothing would be left of a group of snapshots: ${groupText(emptied.key)}`;
  throw new AppError('usage', message, {
    hint: 'nothing was forgotten; with --allow-empty the last snapshot of a group may go, too',
  });
}

/** Of damaged snapshots that are named: who made them, and when, cannot be known. */
async function damagedTombstones(
  vault: Vault,
  { damaged }: Candidates,
  named: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<ForgottenSnapshot[]> {
  const tombstones: ForgottenSnapshot[] = [];
  for (const { id } of damaged) {
    if (!named.has(id)) continue;
    const sealed = await vault.store.get(SNAPSHOT_PREFIX + id, { signal });
    const sha256 = createHash('sha256').update(sealed).digest('hex');
    tombstones.push({ id, sha256, host: '', sequence: 0, timeMs: 0 });
  }
  return tombstones;
}
