/**
 * Looks for damage in a vault: the job as an async generator of events, the last of which is the summary.
 *
 * Reading goes the other way round than writing does (snapshots, then the index, then packs), so that backups
 * that run meanwhile do no harm: what a snapshot needs was there before it.
 * @module
 */
import { eventsOf } from '../base/event-queue.ts';
import { AppError } from '../base/failure.ts';
import { mapConcurrent } from '../base/flow.ts';
import { MiB } from '../base/units.ts';
import { ChunkLoader } from '../vault/chunk-loader.ts';
import type { VaultIndex } from '../vault/index/load-index.ts';
import { loadIndex } from '../vault/index/load-index.ts';
import type { SavedSnapshot, SnapshotListing } from '../vault/snapshots.ts';
import { loadSnapshots } from '../vault/snapshots.ts';
import { SNAPSHOT_PREFIX } from '../vault/pack-key.ts';
import type { Vault } from '../vault/vault.ts';
import { checkChain } from './check/check-chain.ts';
import { ManifestCheck } from './check/check-manifests.ts';
import type { ListedPacks } from './check/check-objects.ts';
import { checkObjects, noteDamagedObject } from './check/check-objects.ts';
import { checkPacks } from './check/check-packs.ts';
import type { ReadData } from './check/choose-packs.ts';
import { choosePacks } from './check/choose-packs.ts';
import type { Damage } from './check/damage-book.ts';
import { DamageBook } from './check/damage-book.ts';
import type { CheckEvent, CheckProgress } from './events.ts';

const NODE_CACHE_BYTES = 48 * MiB;
/** Top nodes loaded ahead; snapshots have little else that is their own. */
const TOPS_AHEAD = 12;
const PROGRESS_MS = 100;
/** Uploads younger than this may still be going on. */
const SWEEP_OLDER_THAN_MS = 24 * 60 * 60 * 1000;

export interface CheckOptions {
  /** Which packs are read whole; none where it is left out. */
  readonly readData?: ReadData;
  /** Age from which uploads that were never finished are cleared away; 24 hours by default. */
  readonly sweepOlderThanMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Damage is a finding, and the check goes on.
 * @throws AppError `store/…` where the store cannot be asked, `interrupted`
 */
export async function* check(vault: Vault, options: CheckOptions = {}): AsyncGenerator<CheckEvent> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  yield* eventsOf<CheckEvent>(
    (emit) => new CheckRun(vault, options, signal, emit).run(),
    () => stop.abort(),
  );
}

type Progress = Omit<CheckProgress, 'type'>;

class CheckRun {
  readonly #vault: Vault;
  readonly #options: CheckOptions;
  readonly #signal: AbortSignal;
  readonly #emit: (event: CheckEvent) => void;
  readonly #book = new DamageBook();
  #progressMs = -Infinity;
  #bytesRead = 0;

  constructor(
    vault: Vault,
    options: CheckOptions,
    signal: AbortSignal,
    emit: (event: CheckEvent) => void,
  ) {
    this.#vault = vault;
    this.#options = options;
    this.#signal = signal;
    this.#emit = emit;
  }

  async run(): Promise<void> {
    const startedMs = this.#vault.clock();
    const listing = await this.#loadSnapshots();
    const { index, isPartial } = await this.#loadIndex();
    const listed = await this.#checkObjects(index, isPartial);
    await this.#checkManifests(index, listing, listed, new Map());
    this.#emitFindings();
    const packsRead = await this.#readData(index, listing, listed);
    const uploadsSwept = await this.#sweep(startedMs);
    const { errors, warnings } = this.#book;
    this.#emit({
      type: 'summary',
      errors,
      warnings,
      snapshots: listing.snapshots.length + listing.damaged.length,
      packs: index.packs.count,
      packsRead,
      chunks: index.chunks.count,
      bytesRead: this.#bytesRead,
      uploadsSwept,
      durationMs: this.#vault.clock() - startedMs,
    });
  }

  async #loadSnapshots(): Promise<SnapshotListing> {
    const listing = await loadSnapshots(this.#vault, this.#signal);
    for (const { id, error } of listing.damaged) {
      noteDamagedObject(this.#book, SNAPSHOT_PREFIX + id, error);
    }
    for (const message of checkChain(listing, this.#book)) this.#emit({ type: 'notice', message });
    return listing;
  }

  async #loadIndex(): Promise<{ index: VaultIndex; isPartial: boolean }> {
    let isPartial = false;
    const onDamage = (key: string, error: AppError): void => {
      noteDamagedObject(this.#book, key, error);
      isPartial = true;
    };
    this.#report({ stage: 'index', done: 0, total: 1, bytesDone: 0, bytesTotal: 0 }, true);
    const index = await loadIndex(this.#vault, { signal: this.#signal, onDamage });
    return { index, isPartial };
  }

  #checkObjects(index: VaultIndex, isIndexPartial: boolean): Promise<ListedPacks> {
    const [vault, book, signal] = [this.#vault, this.#book, this.#signal];
    const onObject = (done: number): void => {
      this.#report({ stage: 'objects', done, total: done, bytesDone: 0, bytesTotal: 0 });
    };
    return checkObjects({ vault, index, book, isIndexPartial, signal, onObject });
  }

  async #checkManifests(
    index: VaultIndex,
    { snapshots }: SnapshotListing,
    { damages }: ListedPacks,
    rowDamages: Map<number, Damage>,
  ): Promise<void> {
    const options = { cacheBytes: NODE_CACHE_BYTES, signal: this.#signal };
    const loader = new ChunkLoader(this.#vault, index, options);
    let done = 0;
    const report = (): void => {
      const bytesDone = loader.bytesFetched;
      const total = snapshots.length;
      this.#report({ stage: 'snapshots', done, total, bytesDone, bytesTotal: 0 });
    };
    const manifests = new ManifestCheck({
      index,
      loader,
      book: this.#book,
      packDamages: damages,
      rowDamages,
      onNode: report,
    });
    // Only so that it is there when it is asked for: what is wrong with it is found out then.
    const loadTop = async (saved: SavedSnapshot) => {
      await loader.load(saved.snapshot.manifest.id).catch(() => undefined);
      return saved;
    };
    // The newest first: what they need matters most.
    for await (const saved of mapConcurrent(snapshots.toReversed(), TOPS_AHEAD, loadTop)) {
      await manifests.check(saved);
      done++;
      report();
    }
    this.#bytesRead += loader.bytesFetched;
  }

  /** @returns how many packs were read */
  async #readData(
    index: VaultIndex,
    listing: SnapshotListing,
    listed: ListedPacks,
  ): Promise<number> {
    const { readData } = this.#options;
    if (readData === undefined) return 0;
    const { isListed } = listed;
    const candidates = [...isListed.keys()].filter((number) => isListed[number] === 1);
    const packs = choosePacks(index.packs, candidates, readData, this.#vault.random);
    const bytesTotal = packs.reduce((sum, pack) => sum + index.packs.sealedBytesOf(pack), 0);
    let [done, bytesDone] = [0, 0];
    const damages = await checkPacks({
      vault: this.#vault,
      index,
      book: this.#book,
      packs,
      signal: this.#signal,
      onPack: (bytes) => {
        bytesDone += bytes;
        done++;
        const isLast = done === packs.length;
        this.#report({ stage: 'data', done, total: packs.length, bytesDone, bytesTotal }, isLast);
      },
      onFault: (message) => this.#emit({ type: 'notice', message }),
    });
    this.#bytesRead += bytesDone;
    // Only now is it known what to look for in the snapshots.
    if (damages.size > 0) await this.#checkManifests(index, listing, listed, damages);
    this.#emitFindings();
    return packs.length;
  }

  /** Whoever may only read cannot clear away either: that is no damage. */
  async #sweep(nowMs: number): Promise<number> {
    const { sweepOlderThanMs = SWEEP_OLDER_THAN_MS } = this.#options;
    try {
      return await this.#vault.store.sweep(nowMs - sweepOlderThanMs, this.#signal);
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'interrupted') throw error;
      const message = `unfinished uploads could not be cleared away: ${error.message}`;
      this.#emit({ type: 'notice', message });
      return 0;
    }
  }

  #emitFindings(): void {
    for (const finding of this.#book.take()) this.#emit(finding);
  }

  #report(progress: Progress, always = false): void {
    const now = this.#vault.clock();
    if (!always && now - this.#progressMs < PROGRESS_MS) return;
    this.#progressMs = now;
    this.#emit({ type: 'progress', ...progress });
  }
}
