/**
 * Snapshots as literals, for tests of what is decided about them.
 * @module
 */
import type { RetentionPolicy } from '../../../src/format/documents/retention.ts';
import { DEFAULT_GROUP_BY } from '../../../src/format/documents/retention.ts';
import type { Snapshot } from '../../../src/format/snapshot.ts';
import type { Candidate, Decision } from '../../../src/jobs/forget/policy/apply-policy.ts';
import { applyPolicy } from '../../../src/jobs/forget/policy/apply-policy.ts';
import { Calendar } from '../../../src/jobs/forget/policy/calendar.ts';

export const NOW_MS = Date.parse('2030-01-01T00:00:00Z');

export function madeSnapshot(change: Partial<Snapshot> = {}): Snapshot {
  return {
    timeMs: 0,
    host: 'web',
    user: 'root',
    roots: [Buffer.from('home')],
    tags: [],
    manifest: { id: new Uint8Array(32), level: 0, entries: 1 },
    totals: { files: 1, directories: 0, others: 0, bytes: 1 },
    chain: { sequence: 0 },
    program: 'test',
    complete: true,
    ...change,
  };
}

/** Written when it says it was, unless told otherwise. */
export function candidate(
  number: number,
  change: Partial<Snapshot>,
  modifiedMs: number | undefined = change.timeMs ?? 0,
): Candidate {
  const id = number.toString(16).padStart(8, '0').padEnd(32, '0');
  return { id, sha256: 'ab'.repeat(32), snapshot: madeSnapshot(change), modifiedMs };
}

export function rules(policy: Partial<RetentionPolicy>): RetentionPolicy {
  return { counts: {}, within: {}, tags: [], ids: [], groupBy: DEFAULT_GROUP_BY, ...policy };
}

export interface DecideOptions {
  readonly timeZone?: string;
  readonly named?: readonly string[];
  readonly nowMs?: number;
}

/** Oldest first within each group. */
export function decide(
  candidates: readonly Candidate[],
  policy: RetentionPolicy | undefined,
  { timeZone = 'UTC', named = [], nowMs = NOW_MS }: DecideOptions = {},
) {
  return applyPolicy({
    candidates,
    named: new Set(named),
    isJudged: () => true,
    policy,
    groupBy: policy?.groupBy ?? DEFAULT_GROUP_BY,
    calendar: new Calendar(timeZone),
    nowMs,
  });
}

export function decisionsOf(...args: Parameters<typeof decide>): Decision[] {
  return decide(...args).flatMap(({ decisions }) => decisions);
}
