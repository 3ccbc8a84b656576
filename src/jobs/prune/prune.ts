/**
 * Deletes what no snapshot needs: the job as an async generator of events, the last of which is the summary.
 *
 * It works in two phases (DESIGN §6, decision 0013). What nobody needs is condemned, and a later prune deletes what
 * was condemned a grace ago and is still needed by nobody. Backups may run all the while.
 * @module
 */
import { eventsOf } from '../../base/event-queue.ts';
import { AppError } from '../../base/failure.ts';
import type { Vault } from '../../vault/vault.ts';
import { choosePlaces } from './plan/choose-places.ts';
import type { PruneEvent, PruneProgress, PruneSummary } from './events.ts';
import type { Executed } from './run/execute.ts';
import { executePlan } from './run/execute.ts';
import { markNeeded } from './mark.ts';
import type { PruneOptions } from './options.ts';
import { reportPlan } from './plan/plan-report.ts';
import { planPrune } from './plan/plan-prune.ts';
import { surveyVault } from './survey.ts';
import { tidyRecords } from './run/tidy-records.ts';

/** Uploads younger than this may still be going on. */
const SWEEP_OLDER_THAN_MS = 24 * 60 * 60 * 1000;

type Emit = (event: PruneEvent) => void;

/**
 * @throws AppError `vault/contradiction` where what is listed and what is known contradict each other, `vault/busy`
 *   where another prune gets in the way, `object/…` and `format/invalid` for damage that must be repaired first,
 *   `store/…`, `interrupted`. It may be run again at any time, and goes on from there.
 */
export async function* prune(vault: Vault, options: PruneOptions): AsyncGenerator<PruneEvent> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  yield* eventsOf<PruneEvent>(
    (emit) => runPrune(vault, { ...options, signal }, emit),
    () => stop.abort(),
  );
}

async function runPrune(vault: Vault, options: PruneOptions, emit: Emit): Promise<void> {
  const startedMs = vault.clock();
  if (vault.settingsDamage) throw vault.settingsDamage;
  const first = await prunePass(vault, options, emit);
  if (!first) return;
  // Without a grace, what was condemned just now is due at once; whether anybody needs it by now is looked at anew.
  const isDueNow = options.graceMs === 0 && first.packsCondemned > 0;
  const done = isDueNow ? added(first, await prunePass(vault, options, emit)) : first;
  const uploadsSwept = await sweep(vault, options, startedMs, emit);
  const durationMs = vault.clock() - startedMs;
  const summary: PruneSummary = { type: 'summary', ...done, uploadsSwept, durationMs };
  emit(summary);
}

/** @returns undefined after a dry run */
async function prunePass(
  vault: Vault,
  options: PruneOptions,
  emit: Emit,
): Promise<Executed | undefined> {
  const { signal } = options;
  const report = (progress: Omit<PruneProgress, 'type'>): void => {
    emit({ type: 'progress', ...progress });
  };
  report({ stage: 'list', done: 0, total: 1, bytesDone: 0, bytesTotal: 0 });
  const survey = await surveyVault(vault, options);
  const total = survey.live.length;
  const marked = await markNeeded(vault, survey, signal, (done) => {
    report({ stage: 'snapshots', done, total, bytesDone: 0, bytesTotal: 0 });
  });
  const { needed, unsaved } = marked;
  const use = choosePlaces(survey, needed);
  const { packSizeBytes } = vault.settings;
  const plan = planPrune({ survey, use, options, packSizeBytes });
  emit(reportPlan({ survey, use, plan, options, packSizeBytes }));
  const onNotice = (message: string): void => emit({ type: 'notice', message });
  for (const { id, snapshot } of unsaved) {
    const what = `snapshot ${id.slice(0, 8)} of ${snapshot.host}`;
    onNotice(`${what} was stored too late and is not whole: nobody was told that it is saved`);
  }
  if (options.dryRun) return undefined;
  const parts = { vault, survey, needed, unsaved, plan, options, onProgress: report, onNotice };
  const done = await executePlan(parts);
  await tidyRecords(vault, survey, signal);
  return { ...done, bytesFetched: done.bytesFetched + marked.bytesFetched };
}

/** Of the second pass what is left over counts, and of both what was done. */
function added(first: Executed, second: Executed | undefined): Executed {
  if (!second) return first;
  const { bytesFreedLater, packsLocked, locksRefused } = second;
  const sums = Object.entries(second).map(([key, n]) => [key, n + first[key as keyof Executed]]);
  const all = Object.fromEntries(sums) as Executed;
  return { ...all, bytesFreedLater, packsLocked, locksRefused };
}

/** Whoever may not list uploads can prune all the same. */
async function sweep(
  vault: Vault,
  { signal }: PruneOptions,
  nowMs: number,
  emit: Emit,
): Promise<number> {
  try {
    return await vault.store.sweep(nowMs - SWEEP_OLDER_THAN_MS, signal);
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'interrupted') throw error;
    emit({
      type: 'notice',
      message: `unfinished uploads could not be cleared away: ${error.message}`,
    });
    return 0;
  }
}
