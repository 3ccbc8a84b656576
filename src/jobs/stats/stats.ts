/**
 * Measures snapshots, or the whole vault: the job as an async generator of events, the last of which is the
 * summary. Each distinct part of the manifests is read once, and no file content.
 * @module
 */
import { eventsOf } from '../../base/event-queue.ts';
import { AppError } from '../../base/failure.ts';
import { MiB } from '../../base/units.ts';
import { ChunkLoader } from '../../vault/chunk-loader.ts';
import type { VaultIndex } from '../../vault/index/load-index.ts';
import { loadIndex } from '../../vault/index/load-index.ts';
import type { RowSet } from '../../vault/index/row-set.ts';
import { ChunkWalk } from '../../vault/manifest/walk-chunks.ts';
import type { SavedSnapshot } from '../../vault/snapshots.ts';
import type { Vault } from '../../vault/vault.ts';
import type { SnapshotGrowth, StatsEvent, StatsProgress, StatsSummary } from './events.ts';
import { measureGrowth } from './measure-growth.ts';
import { measureVault } from './measure-vault.ts';
import { sumChunks } from './sum-chunks.ts';

const NODE_CACHE_BYTES = 48 * MiB;
const PROGRESS_MS = 100;

export interface StatsOptions {
  /** Oldest first. They were listed before: what they need is in the index that is loaded now. */
  readonly snapshots: readonly SavedSnapshot[];
  /** They are all that there are: then what the store holds is measured as well. */
  readonly areAll: boolean;
  /** Also what each of them added and has for itself. */
  readonly growth?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * What is damaged is left out of the sums, and said.
 * @throws AppError `store/…`, `interrupted`
 */
export async function* stats(vault: Vault, options: StatsOptions): AsyncGenerator<StatsEvent> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  yield* eventsOf<StatsEvent>(
    (emit) => new StatsRun(vault, { ...options, signal }, emit).run(),
    () => stop.abort(new AppError('interrupted', 'measuring was interrupted')),
  );
}

class StatsRun {
  readonly #vault: Vault;
  readonly #options: StatsOptions & { readonly signal: AbortSignal };
  readonly #emit: (event: StatsEvent) => void;
  #lost = 0;
  #shownMs = -Infinity;

  constructor(
    vault: Vault,
    options: StatsOptions & { readonly signal: AbortSignal },
    emit: (event: StatsEvent) => void,
  ) {
    this.#vault = vault;
    this.#options = options;
    this.#emit = emit;
  }

  async run(): Promise<void> {
    const startedMs = this.#vault.clock();
    const { snapshots, areAll, signal } = this.#options;
    const index = await this.#loadIndex();
    const { needed, growth } = await this.#walk(index);
    const vault = areAll && (await this.#measureVault(index, needed, signal));
    this.#emit({
      type: 'summary',
      snapshots: snapshots.length,
      restore: restoreSize(snapshots),
      needed: sumChunks(index, (row) => needed.has(row)),
      ...(growth && { growth }),
      ...(vault && { vault }),
      lost: this.#lost,
      durationMs: this.#vault.clock() - startedMs,
    });
  }

  async #loadIndex(): Promise<VaultIndex> {
    const onDamage = (key: string, error: AppError): void => {
      this.#lost++;
      this.#notice(`${key}: ${error.message}`);
    };
    return loadIndex(this.#vault, { signal: this.#options.signal, onDamage });
  }

  /** Makes walks that read from one loader. What the first of them loses counts, the second the same. */
  #walks(index: VaultIndex): () => ChunkWalk {
    const options = { cacheBytes: NODE_CACHE_BYTES, signal: this.#options.signal };
    const source = new ChunkLoader(this.#vault, index, options);
    let walks = 0;
    const onLost = (_id: Uint8Array, error: AppError): void => {
      if (walks > 1) return;
      if (this.#lost++ === 0) this.#notice(`${error.message}; see \`cybs3 check\``);
    };
    return () => {
      walks++;
      return new ChunkWalk({ chunks: index.chunks, source, onLost });
    };
  }

  async #walk(index: VaultIndex): Promise<{ needed: RowSet; growth?: SnapshotGrowth[] }> {
    const { snapshots, signal } = this.#options;
    const newWalk = this.#walks(index);
    const total = this.#options.growth ? 2 * snapshots.length : snapshots.length;
    let done = 0;
    const onSnapshot = (): void => {
      signal.throwIfAborted();
      this.#report({ stage: 'snapshots', done: ++done, total });
    };
    if (this.#options.growth) return measureGrowth({ index, snapshots, newWalk, onSnapshot });
    const walk = newWalk();
    for (const { snapshot } of snapshots) {
      await walk.add(snapshot.manifest);
      onSnapshot();
    }
    return walk;
  }

  #measureVault(index: VaultIndex, needed: RowSet, signal: AbortSignal) {
    const onObject = (done: number): void => {
      this.#report({ stage: 'objects', done, total: done });
    };
    return measureVault({ vault: this.#vault, index, needed, onObject, signal });
  }

  #notice(message: string): void {
    this.#emit({ type: 'notice', message });
  }

  #report(progress: Omit<StatsProgress, 'type'>): void {
    const now = this.#vault.clock();
    if (now - this.#shownMs < PROGRESS_MS) return;
    this.#shownMs = now;
    this.#emit({ type: 'progress', ...progress });
  }
}

function restoreSize(snapshots: readonly SavedSnapshot[]): StatsSummary['restore'] {
  let [files, directories, others, bytes] = [0, 0, 0, 0];
  for (const { totals } of snapshots.map(({ snapshot }) => snapshot)) {
    files += totals.files;
    directories += totals.directories;
    others += totals.others;
    bytes += totals.bytes;
  }
  return { files, directories, others, bytes };
}
