/**
 * Restores a snapshot, or a part of it, into a folder.
 *
 * One thread plans and fetches, the others open, check and write. It can be cut off at any moment:
 * files appear under their names only when they are whole, and the next run keeps what is finished.
 * @module
 */
import { availableParallelism } from 'node:os';
import { AppError } from '../../base/failure.ts';
import { MiB } from '../../base/units.ts';
import { exportVaultKeys } from '../../crypto/vault-keys.ts';
import type { Entry, PathKey } from '../../format/entry.ts';
import { EntryType } from '../../format/entry.ts';
import { displayPath, parentOf } from '../../files/path.ts';
import { NameSet } from '../../files/restore/name-set.ts';
import { MetadataWriter } from '../../files/restore/metadata/metadata-writer.ts';
import { loadNativeCalls } from '../../files/restore/metadata/native-calls.ts';
import { currentIdentity, loadOwnerNumbers } from '../../files/restore/metadata/owners.ts';
import { TargetTree } from '../../files/restore/target-tree.ts';
import { ChunkLoader } from '../../vault/chunk-loader.ts';
import { loadIndex } from '../../vault/index/load-index.ts';
import { ManifestReader } from '../../vault/manifest/manifest-reader.ts';
import type { Vault } from '../../vault/vault.ts';
import type { RestoreEvent } from '../events.ts';
import { RestoreNotes } from './notes.ts';
import { openTarget } from './open-target.ts';
import type { OpenTarget } from './open-target.ts';
import type { RestoreOptions } from './options.ts';
import { FolderStack } from './plan/folder-stack.ts';
import { Planner, mayDelete } from './plan/planner.ts';
import type { WindowPlan } from './plan/window.ts';
import { FolderCloser } from './run/close-folder.ts';
import { Crew } from './run/crew.ts';
import { Fetcher } from './run/fetcher.ts';
import { LinkMaker } from './run/make-links.ts';
import { WindowRunner } from './run/run-window.ts';

const REQUESTS = 8;
const THREADS_MAX = 8;
const ONE_THREAD_BYTES = 8 * MiB;
const NODE_CACHE_BYTES = 16 * MiB;

/**
 * Events while it runs, the summary last. What concerns single files are problems, not failures.
 * @throws AppError `snapshot/path` (no such path in the snapshot), `files/write` (the target cannot
 *   be used, or is full), `interrupted`, `store/…`; `format/…`, `object/…` where the index is
 *   damaged
 */
export async function* restore(
  vault: Vault,
  options: RestoreOptions,
): AsyncGenerator<RestoreEvent> {
  const startMs = vault.clock();
  const isVerbose = options.verbose === true || options.dryRun === true;
  const notes = new RestoreNotes(vault.clock, isVerbose);
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const work = run(vault, { ...options, signal }, notes).finally(() => notes.end());
  work.catch(() => undefined);
  try {
    yield* notes.events();
    await work;
    yield {
      type: 'summary',
      snapshotId: options.snapshot.id,
      ...notes.totals,
      durationMs: vault.clock() - startMs,
    };
  } catch (error) {
    if (options.signal?.aborted === true) throw interrupted(error);
    throw error;
  } finally {
    stop.abort();
    notes.end();
    await work.catch(() => undefined);
  }
}

async function run(vault: Vault, options: RestoreOptions, notes: RestoreNotes): Promise<void> {
  const { snapshot, signal, path } = options;
  const index = options.index ?? (await loadIndex(vault, { signal }));
  const loader = new ChunkLoader(vault, index, { cacheBytes: NODE_CACHE_BYTES, signal });
  const reader = new ManifestReader(loader, snapshot.snapshot.manifest);
  const top = path && path.length > 0 ? await findPath(reader, path) : undefined;
  if (!top && !options.select) {
    notes.filesTotal = snapshot.snapshot.totals.files;
    notes.bytesTotal = snapshot.snapshot.totals.bytes;
    notes.scanned = true;
  }
  using target = openTarget(options.target, options.dryRun === true);
  const job = new RestoreJob(vault, options, notes, { index, reader, target, top });
  try {
    await job.run();
  } finally {
    await job.close();
    notes.totals.bytesFetched += loader.bytesFetched;
  }
}

interface JobParts {
  readonly index: Awaited<ReturnType<typeof loadIndex>>;
  readonly reader: ManifestReader;
  readonly target: OpenTarget;
  readonly top: Entry | undefined;
}

class RestoreJob {
  readonly #planner: Planner;
  readonly #runner: WindowRunner;
  readonly #crew: Crew;
  readonly #trees: readonly TargetTree[];

  constructor(vault: Vault, options: RestoreOptions, notes: RestoreNotes, parts: JobParts) {
    const { index, reader, target, top } = parts;
    const { select, signal } = options;
    const overwrite = options.overwrite ?? 'if-changed';
    const dryRun = options.dryRun === true;
    const owner = options.owner !== false;
    const identity = currentIdentity();
    const owners = loadOwnerNumbers({ numeric: options.numericOwner === true });
    const metadata = new MetadataWriter({ owner, identity, native: loadNativeCalls() });
    const base = baseOf(options.path, top);
    const newTree = (): TargetTree => new TargetTree({ path: target.path, fd: target.fd });
    const [tree, sources] = [newTree(), newTree()];
    this.#trees = [tree, sources];
    const isFolder = top === undefined || top.type === EntryType.directory;
    const stack = new FolderStack(tree, {
      overwrite,
      dryRun,
      isRoot: identity?.isRoot === true,
      rootIsFresh: target.isFresh,
      rootEntry: isFolder ? top : undefined,
      rootNames: isFolder && mayDelete(options, base) ? new NameSet() : undefined,
    });
    const chunks = index.chunks;
    const context = { options, reader, stack, notes, tree, owners, identity, metadata, chunks };
    const planner = new Planner(context);
    this.#planner = planner;
    const threads = options.threads ?? threadsFor(top);
    const start = {
      keys: exportVaultKeys(vault.keys),
      chunks: chunks.shared,
      root: { path: target.path, fd: target.fd },
      owner,
      identity,
    };
    this.#crew = new Crew(dryRun ? 0 : threads, start, options.ready);
    const shared = { tree, metadata, owners, overwrite, dryRun, notes };
    const fetcher = new Fetcher({
      vault,
      index,
      crew: this.#crew,
      requests: options.concurrency ?? REQUESTS,
      signal,
      onFetched: (bytes) => (notes.totals.bytesFetched += bytes),
    });
    this.#runner = new WindowRunner({
      crew: this.#crew,
      fetcher,
      chunks,
      links: new LinkMaker({ ...shared, sources }),
      folders: new FolderCloser({
        ...shared,
        select,
        base,
        mayDelete: () => !planner.isIncomplete,
      }),
      notes,
      base,
      verify: options.verify === true,
    });
  }

  /**
   * Plans the next window while one is carried out, and begins it before that one is complete. No more than two are
   * under way, whatever they hold; and where one fails, no other begins.
   */
  async run(): Promise<void> {
    const windows = this.#planner.windows();
    let next = windows.next();
    let before = Promise.resolve();
    try {
      for (;;) {
        const { value, done } = await next;
        if (done === true) break;
        next = windows.next();
        next.catch(() => undefined);
        const previous = before;
        const { isSent, isDone } = this.#runner.start(value satisfies WindowPlan, previous);
        before = isDone;
        before.catch(() => undefined);
        await Promise.all([isSent, previous]);
      }
      await before;
    } finally {
      await Promise.allSettled([next, before]);
    }
  }

  async close(): Promise<void> {
    await this.#crew.close();
    for (const tree of this.#trees) tree.close();
  }
}

/** A small file is one thread's work: to start another would take longer. */
function threadsFor(top: Entry | undefined): number {
  const isSmall = top?.type === EntryType.file && top.size <= ONE_THREAD_BYTES;
  return isSmall ? 1 : Math.min(THREADS_MAX, availableParallelism());
}

async function findPath(reader: ManifestReader, path: PathKey): Promise<Entry> {
  const entry = await reader.find(path);
  if (entry) return entry;
  throw new AppError('snapshot/path', `the snapshot has no ${displayPath(path)}`, {
    hint: 'use `cybs3 ls` to see what it has',
  });
}

/** The path in the snapshot that the target stands for. */
function baseOf(path: PathKey | undefined, top: Entry | undefined): PathKey {
  if (path === undefined || top === undefined) return new Uint8Array(0);
  return top.type === EntryType.directory ? path : (parentOf(path) ?? path);
}

function interrupted(cause: unknown): AppError {
  return new AppError('interrupted', 'the restore was interrupted', {
    cause,
    hint: 'run the same command again: what is finished is kept',
  });
}
