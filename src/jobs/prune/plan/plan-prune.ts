/**
 * What happens to each pack.
 * @module
 */
import { chooseRepacks } from './choose-repacks.ts';
import type { PackUse } from './choose-places.ts';
import type { PruneOptions } from '../options.ts';
import { GRACE_MS_DEFAULT } from '../options.ts';
import type { Survey } from '../survey.ts';

export interface PrunePlan {
  /** Numbers of packs that stay as they are. */
  readonly keep: readonly number[];
  /** Numbers of packs of which what is needed is moved, and that are condemned then (some already are). */
  readonly repack: readonly number[];
  /** Names of packs that nobody needs. */
  readonly condemn: readonly string[];
  /** Names of packs that were condemned and are needed again. */
  readonly pardon: readonly string[];
  /** Names of packs that were condemned and are not due. */
  readonly wait: readonly string[];
  /** Names of packs that were condemned, are due, and nobody needs. */
  readonly delete: readonly string[];
  /** Numbers of packs that index files must not name any more: those that are deleted, or gone. */
  readonly unindex: ReadonlySet<number>;
  /** Forgotten snapshots whose objects go. */
  readonly deleteSnapshots: readonly string[];
  readonly unusedBytesLeft: number;
}

/** Times of records differ by as much as a prune takes to write them. */
const MINUTE_MS = 60 * 1000;

export interface PlanInput {
  readonly survey: Survey;
  readonly use: PackUse;
  readonly options: PruneOptions;
  readonly packSizeBytes: number;
}

export function planPrune(input: PlanInput): PrunePlan {
  const { survey, use } = input;
  const { index, listed, gc, nowMs } = survey;
  const lists = { condemn: [] as string[], pardon: [] as string[], wait: [] as string[] };
  const [gone, kept, rescued]: [string[], number[], number[]] = [[], [], []];
  const unindex = new Set<number>();
  const isDue = (id: string): boolean => {
    const dueMs = gc.condemned.get(id)?.dueMs;
    return dueMs !== undefined && nowMs !== undefined && dueMs <= nowMs;
  };
  const { graceMs = GRACE_MS_DEFAULT } = input.options;
  // A record of now with a shorter grace counts from now on: who commits later sees it.
  const wait = (id: string): void => {
    const dueMs = gc.condemned.get(id)?.dueMs;
    const isSooner = nowMs !== undefined && (dueMs ?? Infinity) > nowMs + graceMs + MINUTE_MS;
    (isSooner ? lists.condemn : lists.wait).push(id);
  };
  for (let n = 0; n < index.packs.count; n++) {
    const id = index.packs.idOf(n);
    const isNeeded = (use.neededChunks[n] ?? 0) > 0;
    if (!listed.has(id)) unindex.add(n);
    else if (!gc.condemned.has(id)) {
      if (isNeeded) kept.push(n);
      else lists.condemn.push(id);
    } else if (isNeeded) {
      // Whoever finds it due and does not see who needs it may be deleting it: no pardon helps then.
      if (isDue(id)) rescued.push(n);
      else lists.pardon.push(id);
    } else if (isDue(id)) {
      gone.push(id);
      unindex.add(n);
    } else wait(id);
  }
  for (const id of listed.keys()) {
    if (index.packs.numberOf(id) !== undefined) continue;
    if (!gc.condemned.has(id)) lists.condemn.push(id);
    else if (isDue(id)) gone.push(id);
    else wait(id);
  }
  const { repack, keep, unusedBytesLeft } = chooseRepacks(input, kept);
  return {
    ...lists,
    keep,
    repack: [...rescued, ...repack],
    delete: gone,
    unindex,
    deleteSnapshots: dueSnapshots(survey),
    unusedBytesLeft,
  };
}

/** Forgotten, stored, due, and not about to be taken back. */
function dueSnapshots({ stored, gc, nowMs }: Survey): string[] {
  const wanted = new Set(gc.pending.map(({ record }) => record.snapshot));
  return stored
    .map(({ id }) => id)
    .filter((id) => {
      const dueMs = gc.forgotten.get(id)?.dueMs;
      return dueMs !== undefined && nowMs !== undefined && dueMs <= nowMs && !wanted.has(id);
    });
}
