/**
 * Drops paths from snapshots: the job as an async generator of events, the last of which is the summary. For each that
 * holds any of them a snapshot without them is made, with the same time, host and place in the chain. File contents are
 * neither read nor moved; what nothing needs any more goes with a later prune, once the old snapshots are forgotten.
 *
 * Nothing is committed before all manifests are built and durable. Run again after an interruption, it finds the
 * snapshots that it had made (`vault/replace-snapshot.ts`).
 * @module
 */
import { eventsOf } from '../../base/event-queue.ts';
import { AppError, isFailure } from '../../base/failure.ts';
import type { SnapshotTotals } from '../../format/snapshot.ts';
import type { WritingView } from '../../vault/commit/writing-view.ts';
import { loadGcForWriting, openForWriting } from '../../vault/commit/writing-view.ts';
import type { GcState } from '../../vault/gc/gc-state.ts';
import { replaceSnapshot } from '../../vault/replace-snapshot.ts';
import type { SavedSnapshot } from '../../vault/snapshots.ts';
import type { Vault } from '../../vault/vault.ts';
import type { LiveChoice } from '../forget/choose-live.ts';
import { chooseLive } from '../forget/choose-live.ts';
import type { Candidates } from '../forget/load-candidates.ts';
import { loadCandidates } from '../forget/load-candidates.ts';
import { GRACE_MS_DEFAULT } from '../prune/options.ts';
import type { RewriteEvent } from './events.ts';
import type { FullManifest } from './filter-snapshots.ts';
import { SnapshotFilterer } from './filter-snapshots.ts';

export interface RewriteOptions extends LiveChoice {
  /** Patterns as of a backup; `files/select/pattern.ts` has the grammar. */
  readonly exclude: readonly string[];
  readonly excludeIgnoringCase?: readonly string[];
  /** The old snapshots are forgotten; without it both are kept. */
  readonly forget?: boolean;
  readonly dryRun?: boolean;
  /** Each path that is dropped is told. */
  readonly reportPaths?: boolean;
  /** How long the old ones can be had back; 24 hours by default. */
  readonly graceMs?: number | undefined;
  readonly signal?: AbortSignal;
}

type Emit = (event: RewriteEvent) => void;
type RunOptions = RewriteOptions & { readonly signal: AbortSignal };

/**
 * @throws AppError `usage` where no pattern is given or nothing would be left of a snapshot, `snapshot/…`,
 *   `chunk/…`, `object/…` for a damaged manifest, `store/…`; nothing was committed then
 */
export async function* rewrite(
  vault: Vault,
  options: RewriteOptions,
): AsyncGenerator<RewriteEvent> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  yield* eventsOf<RewriteEvent>(
    (emit) => runRewrite(vault, { ...options, signal }, emit),
    () => stop.abort(),
  );
}

async function runRewrite(vault: Vault, options: RunOptions, emit: Emit): Promise<void> {
  const startedMs = vault.clock();
  const { exclude, excludeIgnoringCase = [], forget = false, dryRun = false, signal } = options;
  if (exclude.length + excludeIgnoringCase.length === 0) {
    throw new AppError('usage', 'nothing is named that is to be dropped', {
      hint: 'give --exclude with a pattern',
    });
  }
  const loaded = await loadCandidates(vault, signal);
  const chosen = await chooseLive(vault, loaded, options, signal);
  const run = new RewriteRun(vault, options, loaded, emit);
  await run.run(chosen);
  emit({
    type: 'summary',
    dryRun,
    rewritten: run.rewritten,
    unchanged: chosen.length - run.rewritten,
    forgotten: forget ? run.rewritten : 0,
    bytesStored: run.bytesStored,
    durationMs: vault.clock() - startedMs,
  });
}

/** So often it is begun anew because a prune took what it relied on. */
const ATTEMPTS = 3;

class RewriteRun {
  readonly #vault: Vault;
  readonly #options: RunOptions;
  readonly #emit: Emit;
  /** Those that count, with those that came up meanwhile: of two that come to say the same, one is enough. */
  readonly #live: SavedSnapshot[];
  #gc: GcState;
  rewritten = 0;
  bytesStored = 0;

  constructor(vault: Vault, options: RunOptions, loaded: Candidates, emit: Emit) {
    this.#vault = vault;
    this.#options = options;
    this.#emit = emit;
    this.#live = [...loaded.candidates];
    this.#gc = loaded.gc;
  }

  async run(chosen: readonly SavedSnapshot[]): Promise<void> {
    let left = chosen;
    for (let attempt = 1; left.length > 0; attempt++) {
      const done = new Set<SavedSnapshot>();
      try {
        return await this.#attempt(left, attempt > 1, done);
      } catch (error) {
        // A chunk may be missing because the index is an old one by now.
        const mayHelp = isFailure(error, 'vault/changed', 'chunk/missing');
        if (!mayHelp || attempt === ATTEMPTS) throw error;
        this.#emit({ type: 'notice', message: `it begins anew: ${error.message}` });
      }
      this.#gc = await loadGcForWriting(this.#vault, this.#options.signal);
      const { forgotten } = this.#gc;
      // Of what somebody forgot meanwhile, a prune may have taken parts.
      left = left.filter((old) => !done.has(old) && !forgotten.has(old.id));
    }
  }

  /** Manifests are committed upon the very view on which they were built: others may know less of their nodes. */
  async #attempt(
    chosen: readonly SavedSnapshot[],
    avoidsAll: boolean,
    done: Set<SavedSnapshot>,
  ): Promise<void> {
    const { signal } = this.#options;
    const view = await openForWriting(this.#vault, this.#gc, { signal, avoidsAll });
    const filterer = await SnapshotFilterer.open(this.#vault, view, this.#options, this.#emit);
    filterer.expect(chosen);
    const due = await this.#build(filterer, chosen, done);
    for (const one of due) {
      await this.#replace(view, one);
      done.add(one.old);
      this.rewritten++;
    }
  }

  /** All manifests, durable. */
  async #build(
    filterer: SnapshotFilterer,
    chosen: readonly SavedSnapshot[],
    done: Set<SavedSnapshot>,
  ): Promise<Due[]> {
    const due: Due[] = [];
    try {
      for (const old of chosen) {
        const filtered = await filterer.filter(old);
        if (entriesDropped(filtered.dropped)) due.push({ old, filtered });
        else done.add(old);
      }
      this.bytesStored += await filterer.finish();
      return due;
    } catch (error) {
      await filterer.salvage();
      throw error;
    }
  }

  async #replace(view: WritingView, { old, filtered }: Due): Promise<void> {
    const { forget = false, graceMs = GRACE_MS_DEFAULT, dryRun = false, signal } = this.#options;
    const { manifest, totals, dropped } = filtered;
    const { host, timeMs } = old.snapshot;
    const report = { type: 'rewritten', id: old.id, host, timeMs, dropped, totals } as const;
    if (dryRun) return this.#emit({ ...report, isForgotten: forget });
    const { saved } = await replaceSnapshot(
      this.#vault,
      view,
      old,
      { manifest, totals },
      { live: this.#live, graceMs: forget ? graceMs : undefined, signal },
    );
    this.#live.push(saved);
    this.#emit({ ...report, newId: saved.id, isForgotten: forget });
  }
}

interface Due {
  readonly old: SavedSnapshot;
  readonly filtered: FullManifest;
}

function entriesDropped({ files, directories, others }: SnapshotTotals): boolean {
  return files + directories + others > 0;
}
