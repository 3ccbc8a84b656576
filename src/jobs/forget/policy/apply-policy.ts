/**
 * Decides which snapshots stay and which go. Pure: what is stored, the policy and the time in, decisions out.
 * @module
 */
import type { GroupField, RetentionPolicy } from '../../../format/documents/retention.ts';
import type { SavedSnapshot } from '../../../vault/snapshots.ts';
import { compareByTime } from '../../../vault/snapshots.ts';
import type { Calendar } from './calendar.ts';
import type { GroupKey } from './groups.ts';
import { groupSnapshots } from './groups.ts';
import { judge } from './judge.ts';

export interface Candidate extends SavedSnapshot {
  /** When the store says that it was written, where it says so. */
  readonly modifiedMs?: number | undefined;
}

export interface PolicyTask {
  readonly candidates: readonly Candidate[];
  /** Names of those that go whatever the rules say. */
  readonly named: ReadonlySet<string>;
  /** Which of the others the rules are for; they stay where they are for none. */
  readonly isJudged: (candidate: Candidate) => boolean;
  /** Without it, only those that are named go. */
  readonly policy?: RetentionPolicy | undefined;
  readonly groupBy: readonly GroupField[];
  readonly calendar: Calendar;
  readonly nowMs: number;
}

export interface Decision {
  readonly candidate: Candidate;
  readonly isKept: boolean;
  readonly isFutureDated: boolean;
  readonly reasons: readonly string[];
}

export interface GroupDecisions {
  readonly key: GroupKey;
  /** Oldest first. */
  readonly decisions: readonly Decision[];
  /** There would be nothing left of it that can be relied on. */
  readonly isEmptied: boolean;
}

/** How far the clocks of hosts and of the store may be apart: S3 itself refuses more than 15 minutes. */
const CLOCK_SLACK_MS = 60 * 60 * 1000;

export function applyPolicy(task: PolicyTask): GroupDecisions[] {
  const sorted = task.candidates.toSorted((a, b) => compareByTime(b, a));
  return groupSnapshots(sorted, task.groupBy).map(({ key, members }) => {
    const decisions = decideGroup(members, task);
    return { key, decisions: decisions.toReversed(), isEmptied: isEmptied(decisions) };
  });
}

/** @param members newest first */
function decideGroup(members: readonly Candidate[], task: PolicyTask): Decision[] {
  const { named, policy, calendar, nowMs, isJudged } = task;
  const isPoisoned = new Set(members.filter((one) => isFutureDated(one, nowMs)));
  const judged = members.filter(
    (one) => !isPoisoned.has(one) && !named.has(one.id) && isJudged(one),
  );
  const judgements = policy ? judge(judged, policy, calendar) : [];
  const judgementOf = new Map(judged.map((one, i) => [one, judgements[i]]));
  return members.map((candidate) => {
    const isFuture = isPoisoned.has(candidate);
    const decide = (isKept: boolean, reasons: readonly string[]): Decision => {
      return { candidate, isKept, isFutureDated: isFuture, reasons };
    };
    if (named.has(candidate.id)) return decide(false, ['named']);
    if (isFuture) return decide(true, ['its time was still to come when it was written']);
    const judgement = judgementOf.get(candidate);
    return judgement
      ? decide(judgement.isKept, judgement.reasons)
      : decide(true, ['not asked for']);
  });
}

/**
 * Whether a snapshot gives a time for itself that was still to come when the store wrote it; by `nowMs` where the
 * store tells no times. It counts for no rule, so that it cannot push out good ones.
 */
export function isFutureDated({ snapshot, modifiedMs }: Candidate, nowMs: number): boolean {
  return snapshot.timeMs > (modifiedMs ?? nowMs) + CLOCK_SLACK_MS;
}

/** Future-dated ones that stay are no comfort where all good ones go. */
function isEmptied(decisions: readonly Decision[]): boolean {
  const good = decisions.filter(({ isFutureDated: isFuture }) => !isFuture);
  const counted = good.length > 0 ? good : decisions;
  return counted.length > 0 && counted.every(({ isKept }) => !isKept);
}
