/**
 * Runs one backup: starts the threads, joins what they find into a manifest, and commits. The order of writes
 * is the promise: packs durable, then index, then snapshot.
 * @module
 */
import { Worker } from 'node:worker_threads';
import { AppError, isFailure, messageOf } from '../../base/failure.ts';
import { MiB } from '../../base/units.ts';
import { createPathCutter } from '../../chunker/manifest-cut.ts';
import { scanModule } from '../../chunker/scan-module.ts';
import { deriveDedupKeys } from '../../crypto/derive.ts';
import { exportVaultKeys, wipeKeyMaterial } from '../../crypto/vault-keys.ts';
import type { PathKey } from '../../format/entry.ts';
import type { ManifestRoot, SnapshotTotals } from '../../format/snapshot.ts';
import { ChunkLoader } from '../../vault/chunk-loader.ts';
import type { VaultIndex } from '../../vault/index/load-index.ts';
import { ManifestBuilder } from '../../vault/manifest/manifest-builder.ts';
import { ManifestReader } from '../../vault/manifest/manifest-reader.ts';
import { PackSlots } from '../../vault/pack/pack-slots.ts';
import { slotBytesFor } from '../../vault/pack/pack-writer.ts';
import type { SavedSnapshot } from '../../vault/snapshots.ts';
import type { Vault } from '../../vault/vault.ts';
import type { BackupEvent } from '../events.ts';
import { BackupCounters } from './backup-counters.ts';
import { ComputePool, THREAD_LIMITS } from './compute/compute-pool.ts';
import type { BatchResult, WalkMessage, WalkSetup } from './messages.ts';
import type { BackupOptions } from './options.ts';
import { PackUploader } from '../../vault/pack/pack-uploader.ts';
import { scheduleBatch } from './schedule-batch.ts';
import { unpackFailure } from './sent-failure.ts';
import { sizeBackup } from './sizing.ts';
import { streamBatch } from './stream/stream-batch.ts';
import { TreeDigest } from './tree-digest.ts';
import { entriesIn, noTotals, sumTotals } from './totals.ts';
import { ParentFeed } from './walk/parent-feed.ts';
import { WalkControl } from './walk/walk-control.ts';

const PARENT_CACHE_BYTES = 32 * MiB;

export interface BackupRunParts {
  readonly vault: Vault;
  readonly index: VaultIndex;
  readonly parent: SavedSnapshot | undefined;
  readonly options: BackupOptions;
  /** The first of the roots in path order. */
  readonly firstRoot: PathKey;
  readonly emit: (event: BackupEvent) => void;
}

export interface BackupOutcome {
  /** Absent where nothing was found to back up, or in a dry run. */
  readonly manifest: ManifestRoot | undefined;
  readonly totals: SnapshotTotals;
  readonly failures: number;
  readonly bytesStored: number;
  /** SHA-256 of the ids of all nodes from the first root on: the folders above it do not count. */
  readonly treeDigest: string;
}

export class BackupRun {
  readonly counters: BackupCounters;
  readonly #parts: BackupRunParts;
  readonly #pool: ComputePool;
  readonly #uploader: PackUploader;
  readonly #control = new WalkControl();
  readonly #manifest: ManifestBuilder;
  readonly #abort = new AbortController();
  #walker: Worker | undefined;
  /** The walk has seen everything: the totals are final. */
  isScanned = false;
  #failure: { error: unknown } | undefined;
  #failures = 0;
  #totals = noTotals();
  readonly #tree: TreeDigest;
  /** The batches in the order of their paths, chained: each adds its fence after the one before. */
  #tail: Promise<void> = Promise.resolve();

  constructor(parts: BackupRunParts) {
    this.#parts = parts;
    const { vault, index, parent, options } = parts;
    this.#tree = new TreeDigest(parts.firstRoot);
    const packSizeBytes = options.packSizeBytes ?? vault.settings.packSizeBytes;
    const sizing = sizeBackup(options.concurrency ?? options.cores, packSizeBytes);
    this.counters = new BackupCounters(sizing.threads + 1);
    const slots = {
      data: PackSlots.create(sizing.dataSlots, slotBytesFor(sizing.dataPackBytes)),
      meta: PackSlots.create(sizing.metaSlots, slotBytesFor(sizing.metaPackBytes)),
    };
    this.#uploader = new PackUploader({
      vault,
      slots,
      signal: this.#abort.signal,
      onCheckpoint: (packs, bytesStored) => parts.emit({ type: 'checkpoint', packs, bytesStored }),
      onFailure: (error) => this.#fail(error),
    });
    this.#pool = new ComputePool({
      threads: options.dryRun ? 0 : sizing.threads,
      // With a parent there may be next to nothing to do; a stream is one thread's work.
      atOnce: parent || options.stdin ? 1 : sizing.threads,
      setUp: (thread) => ({
        keys: exportVaultKeys(vault.keys),
        chunks: index.chunks.shared,
        dataSlots: slots.data.shared,
        metaSlots: slots.meta.shared,
        dataPackBytes: sizing.dataPackBytes,
        metaPackBytes: sizing.metaPackBytes,
        scanModule: scanModule(),
        compression: options.compression ?? vault.settings.compression,
        counters: this.counters.row(thread + 1),
      }),
      onPack: (room, pack) => this.#uploader.send(room, pack),
      onFailure: (error) => this.#fail(error),
    });
    using dedup = deriveDedupKeys(vault.keys.dedupKey);
    const startsNode = dedup.manifestCut.use((key) => createPathCutter(Uint8Array.from(key)));
    const saveNode = (chunk: Uint8Array<ArrayBuffer>) =>
      this.#pool.run({ type: 'meta', chunk }, true);
    this.#manifest = new ManifestBuilder({ startsNode, saveNode });
  }

  get bytesStored(): number {
    return this.#uploader.bytesStored;
  }

  /** @throws AppError; what was uploaded until then is kept for the next run */
  async run(): Promise<BackupOutcome> {
    const { signal } = this.#parts.options;
    const onAbort = () => this.#fail(new AppError('interrupted', 'the backup was interrupted'));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    try {
      await this.#work();
      this.#throwFailure();
      const manifest = await this.#manifest.finish();
      await this.#pool.flush();
      await this.#uploader.finish();
      // A pack that could not be sent shows up here, after everything has settled.
      this.#throwFailure();
      const [totals, failures] = [this.#totals, this.#failures];
      const { bytesStored } = this.#uploader;
      return { manifest, totals, failures, bytesStored, treeDigest: this.#tree.hex() };
    } catch (error) {
      throw await this.#salvage(error);
    } finally {
      signal.removeEventListener('abort', onAbort);
      await this.#stop();
    }
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }

  async #work(): Promise<void> {
    const { stdin } = this.#parts.options;
    if (stdin) {
      const { fence, totals } = await streamBatch(this.#pool, stdin, this.#parts);
      this.#totals = totals;
      await this.#manifest.add(fence);
      return;
    }
    await this.#walk();
    this.isScanned = true;
    await this.#tail;
  }

  async #walk(): Promise<void> {
    const { vault, options, parent } = this.#parts;
    const { roots, exclude, include, ignoreFiles, excludeCaches, oneFileSystem } = options;
    const setup: WalkSetup = {
      roots,
      exclude,
      include,
      ignoreFiles,
      excludeCaches,
      oneFileSystem,
      excludeLargerThanBytes: options.excludeLargerThanBytes,
      dryRun: options.dryRun,
      reportPaths: options.reportPaths,
      hasParent: parent !== undefined,
      keys: exportVaultKeys(vault.keys),
      chunks: this.#parts.index.chunks.shared,
      counters: this.counters.row(0),
      control: this.#control.shared,
    };
    const file = import.meta.url.endsWith('.ts')
      ? './walk/walk-thread.ts'
      : './walk/walk-thread.js';
    const limits = { resourceLimits: THREAD_LIMITS };
    const walker = new Worker(new URL(file, import.meta.url), { workerData: setup, ...limits });
    wipeKeyMaterial(setup.keys);
    this.#walker = walker;
    const feed = this.#startFeed(walker, parent);
    await new Promise<void>((resolve, reject) => {
      this.#abort.signal.addEventListener('abort', () => resolve());
      walker.on('error', reject);
      walker.on('message', (message: WalkMessage) => {
        if (message.type === 'parent') feed?.taken();
        else if (message.type === 'lists') void feed?.answerLists(message.lists);
        else if (message.type === 'end') resolve();
        else if (message.type === 'failed') reject(unpackFailure(message.error));
        else this.#take(message);
      });
    });
  }

  #startFeed(walker: Worker, parent: SavedSnapshot | undefined): ParentFeed | undefined {
    if (!parent) return undefined;
    const { vault, index, emit } = this.#parts;
    const { signal } = this.#abort;
    const loader = new ChunkLoader(vault, index, { cacheBytes: PARENT_CACHE_BYTES, signal });
    const reader = new ManifestReader(loader, parent.snapshot.manifest);
    const post = (node: Uint8Array | undefined) => walker.postMessage({ node });
    const feed = new ParentFeed(reader, index.chunks, this.#control, post);
    feed.run(signal).catch((error: unknown) => {
      if (signal.aborted) return;
      // Without its parent a backup is only slower: every file is read.
      const message = `the rest of the parent snapshot cannot be read: ${messageOf(error)}`;
      emit({ type: 'notice', message });
      post(undefined);
      this.#control.parentPosted();
    });
    return feed;
  }

  #take(message: WalkMessage): void {
    switch (message.type) {
      case 'notice':
        return this.#parts.emit(message);
      case 'problems':
        for (const problem of message.problems) this.#emitProblem(problem);
        return;
      case 'paths':
        for (const path of message.paths) this.#parts.emit(path);
        return;
      case 'node': {
        const { summary, id } = message;
        return this.#append(Promise.resolve({ node: { summary, id }, problems: [], lastPath: '' }));
      }
      case 'store': {
        const { summary, node } = message;
        const stored = this.#pool.run({ type: 'meta', chunk: node });
        return this.#append(
          stored.then((id) => ({ node: { summary, id }, problems: [], lastPath: '' })),
        );
      }
      case 'batch':
        return this.#append(
          scheduleBatch(this.#pool, message, (path) => (this.counters.currentPath = path)),
        );
      default:
        return;
    }
  }

  #append(result: Promise<BatchResult>): void {
    const settled = result.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    this.#tail = this.#tail.then(async () => {
      const batch = await settled;
      if ('error' in batch) this.#fail(batch.error);
      else await this.#finishBatch(batch.value);
      this.#control.batchDone();
    });
    this.#tail.catch((error: unknown) => this.#fail(error));
  }

  async #finishBatch({ node, problems, lastPath }: BatchResult): Promise<void> {
    if (lastPath !== '') this.counters.currentPath = lastPath;
    for (const problem of problems) this.#emitProblem(problem);
    if (!node || this.#failure) return;
    const { summary, id } = node;
    this.#totals = sumTotals(this.#totals, summary.totals);
    const { path, totals } = summary;
    this.#tree.add(path, id);
    await this.#manifest.add({ path, id, entries: entriesIn(totals), bytes: totals.bytes });
  }

  #emitProblem(problem: BackupEvent & { type: 'problem' }): void {
    if (problem.severity === 'error') this.#failures++;
    this.#parts.emit(problem);
  }

  /** The first failure ends the run: everything that waits is let go. */
  #fail(error: unknown): void {
    if (this.#failure) return;
    this.#failure = { error };
    this.#abort.abort();
    this.#pool.cancel(error);
  }

  async #salvage(error: unknown): Promise<unknown> {
    const cause = this.#failure?.error ?? error;
    this.#fail(cause);
    await this.#stop();
    try {
      await this.#uploader.salvage();
    } catch {
      // The store is gone; what was not named by an index file will be sent again.
    }
    return isFailure(cause) ? cause : error;
  }

  async #stop(): Promise<void> {
    await Promise.all([this.#walker?.terminate(), this.#pool.close()]);
  }
}
