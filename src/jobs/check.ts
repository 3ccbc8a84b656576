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
import type { GcState } from '../vault/gc/gc-state.ts';
import { loadGcState } from '../vault/gc/gc-state.ts';
import type { VaultIndex } from '../vault/index/load-index.ts';
import { loadIndex } from '../vault/index/load-index.ts';
import type { PackList } from '../vault/index/pack-list.ts';
import type { SavedSnapshot, SnapshotListing } from '../vault/snapshots.ts';
import { loadSnapshots } from '../vault/snapshots.ts';
import { SNAPSHOT_PREFIX, packKey } from '../vault/pack-key.ts';
import type { Vault } from '../vault/vault.ts';
import { checkChain, isChainBroken } from './check/check-chain.ts';
import { ManifestCheck } from './check/check-manifests.ts';
import type { ListedPacks } from './check/check-objects.ts';
import { checkObjects, noteDamagedObject } from './check/check-objects.ts';
import { checkPacks } from './check/check-packs.ts';
import { checkRoots } from './check/check-roots.ts';
import type { ReadData } from './check/choose-packs.ts';
import { choosePacks } from './check/choose-packs.ts';
import type { Damage } from './check/damage-book.ts';
import { DamageBook } from './check/damage-book.ts';
import { loadVerified, saveVerified } from './check/rotation/verified-file.ts';
import { VerifiedPacks } from './check/rotation/verified-packs.ts';
import type { CheckEvent, CheckProgress, CheckSummary } from './events.ts';

const NODE_CACHE_BYTES = 48 * MiB;
/** Top nodes loaded ahead; snapshots have little else that is their own. */
const TOPS_AHEAD = 12;
const PROGRESS_MS = 100;
/** Uploads younger than this may still be going on. */
const SWEEP_OLDER_THAN_MS = 24 * 60 * 60 * 1000;

export interface CheckOptions {
  /** Which packs are read whole; none where it is left out, and as many as time allows with `maxDurationMs`. */
  readonly readData?: ReadData;
  /** No further pack is begun once the check has taken so long; one is read in any case. */
  readonly maxDurationMs?: number;
  /** A file on this machine that remembers which pack was verified when. Made where it is not there. */
  readonly verifiedPath?: string;
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

interface PacksToRead {
  readonly packs: readonly number[];
  /** By the vault's clock. */
  readonly untilMs: number;
  readonly verified: VerifiedPacks;
}

type Progress = Omit<CheckProgress, 'type'>;

class CheckRun {
  readonly #vault: Vault;
  readonly #options: CheckOptions;
  readonly #signal: AbortSignal;
  readonly #emit: (event: CheckEvent) => void;
  readonly #book = new DamageBook();
  /** Keys of records under `gc/`. */
  readonly #unreadRecords: string[] = [];
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
    this.#checkRoots();
    const gc = await this.#loadGc();
    const listing = await this.#loadSnapshots(gc);
    const { index, isPartial } = await this.#loadIndex();
    const listed = await this.#checkObjects(index, gc, isPartial);
    await this.#checkManifests(index, listing, listed, new Map());
    this.#emitFindings();
    const read = await this.#readData(index, listing, listed, startedMs);
    const uploadsSwept = await this.#sweep(startedMs);
    const { errors, warnings } = this.#book;
    this.#emit({
      type: 'summary',
      errors,
      warnings,
      snapshots: listing.snapshots.length + listing.damaged.length,
      packs: index.packs.count,
      ...read,
      chunks: index.chunks.count,
      bytesRead: this.#bytesRead,
      uploadsSwept,
      durationMs: this.#vault.clock() - startedMs,
    });
  }

  #checkRoots(): void {
    for (const message of checkRoots(this.#vault, this.#book)) {
      this.#emit({ type: 'notice', message });
    }
  }

  async #loadGc(): Promise<GcState> {
    const onDamage = (key: string, error: AppError): void => {
      noteDamagedObject(this.#book, key, error);
      this.#unreadRecords.push(key);
    };
    return loadGcState(this.#vault, { signal: this.#signal, onDamage });
  }

  async #loadSnapshots(gc: GcState): Promise<SnapshotListing> {
    let listing = await loadSnapshots(this.#vault, this.#signal, Promise.resolve(gc));
    // What is gone may have been forgotten since, and its tombstone be younger than what was loaded.
    if (isChainBroken(listing)) {
      listing = { ...listing, forgotten: (await this.#loadGc()).forgotten };
    }
    for (const { id, error } of listing.damaged) {
      noteDamagedObject(this.#book, SNAPSHOT_PREFIX + id, error);
    }
    checkChain(listing, this.#unreadRecords, this.#book);
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

  #checkObjects(
    index: VaultIndex,
    { condemned }: GcState,
    isIndexPartial: boolean,
  ): Promise<ListedPacks> {
    const [vault, book, signal] = [this.#vault, this.#book, this.#signal];
    const onObject = (done: number): void => {
      this.#report({ stage: 'objects', done, total: done, bytesDone: 0, bytesTotal: 0 });
    };
    return checkObjects({ vault, index, book, condemned, isIndexPartial, signal, onObject });
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

  /** @returns how many packs were read, and since when all of them are verified */
  async #readData(
    index: VaultIndex,
    listing: SnapshotListing,
    listed: ListedPacks,
    startedMs: number,
  ): Promise<Pick<CheckSummary, 'packsRead' | 'verifiedSinceMs'>> {
    const { maxDurationMs, readData = maxDurationMs === undefined ? undefined : 'all' } =
      this.#options;
    if (readData === undefined) return { packsRead: 0 };
    const { isListed } = listed;
    const candidates = [...isListed.keys()].filter((number) => isListed[number] === 1);
    const verified = await this.#loadVerified(index.packs);
    const lastMs = (pack: number): number => verified.at(pack);
    const packs = choosePacks(index.packs, candidates, readData, this.#vault.random, lastMs);
    const untilMs = startedMs + (maxDurationMs ?? Infinity);
    let packsRead: number;
    try {
      packsRead = await this.#readPacks(index, listing, listed, { packs, untilMs, verified });
    } finally {
      await this.#saveVerified(verified);
    }
    const verifiedSinceMs = verified.oldestOf(candidates);
    return { packsRead, ...(verifiedSinceMs !== undefined && { verifiedSinceMs }) };
  }

  async #readPacks(
    index: VaultIndex,
    listing: SnapshotListing,
    listed: ListedPacks,
    { packs, untilMs, verified }: PacksToRead,
  ): Promise<number> {
    const bytesTotal = packs.reduce((sum, pack) => sum + index.packs.sealedBytesOf(pack), 0);
    let [done, bytesDone] = [0, 0];
    const damages = await checkPacks({
      vault: this.#vault,
      index,
      book: this.#book,
      packs,
      signal: this.#signal,
      isOver: () => this.#vault.clock() >= untilMs,
      // In the order of `packs`.
      onPack: (bytes) => {
        const pack = packs[done] ?? 0;
        const key = packKey(index.packs.kindOf(pack), index.packs.idOf(pack));
        verified.note(pack, this.#book.isFaulty(key) ? 0 : this.#vault.clock());
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
    return done;
  }

  async #loadVerified(packs: PackList): Promise<VerifiedPacks> {
    const { verifiedPath } = this.#options;
    if (verifiedPath === undefined) return VerifiedPacks.none(packs);
    return loadVerified(verifiedPath, this.#vault.vaultId, packs, this.#vault.clock());
  }

  async #saveVerified(verified: VerifiedPacks): Promise<void> {
    const { verifiedPath } = this.#options;
    if (verifiedPath === undefined) return;
    const why = await saveVerified(verifiedPath, this.#vault.vaultId, verified);
    if (why === undefined) return;
    const message = `what was verified cannot be remembered: ${why}`;
    this.#emit({ type: 'notice', message });
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
