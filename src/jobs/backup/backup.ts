/**
 * Backs files up: the job as an async generator of events, the last of which is the summary.
 * @module
 */
import { compareBytes } from '../../base/bytes.ts';
import { eventsOf } from '../../base/event-queue.ts';
import { AppError, isFailure } from '../../base/failure.ts';
import { MiB } from '../../base/units.ts';
import { ROOT_KEY, toPathKey } from '../../files/path.ts';
import type { Snapshot } from '../../format/snapshot.ts';
import { ChunkLoader } from '../../vault/chunk-loader.ts';
import { commitSnapshot } from '../../vault/commit/commit-snapshot.ts';
import type { WritingView } from '../../vault/commit/writing-view.ts';
import { loadGcForWriting, openForWriting } from '../../vault/commit/writing-view.ts';
import { ManifestReader } from '../../vault/manifest/manifest-reader.ts';
import type { SavedSnapshot, SealedSnapshot, SnapshotListing } from '../../vault/snapshots.ts';
import { loadSnapshots } from '../../vault/snapshots.ts';
import type { Vault } from '../../vault/vault.ts';
import type { BackupEvent, BackupProgress } from '../events.ts';
import { resolveSnapshot } from '../snapshots.ts';
import { chooseParent, nextInChain } from './choose-parent.ts';
import type { BackupOptions } from './options.ts';
import type { BackupOutcome } from './run-backup.ts';
import { BackupRun } from './run-backup.ts';
import { treeDigestOf } from './tree-digest.ts';
import { streamPath } from './stream/stream-batch.ts';

const PROGRESS_MS = 250;
/** Chunks that one run may add: memory for them is reserved, and used only as they come. */
const CHUNKS_PER_RUN = 48_000_000;

type Emit = (event: BackupEvent) => void;

/**
 * @throws AppError: `usage` for roots that are none, `snapshot/…` for a parent that is none, `interrupted`,
 *   `self-check`, `store/…`, `object/…` for a damaged index. What was uploaded by then is kept and used by
 *   the next run.
 */
export async function* backup(vault: Vault, options: BackupOptions): AsyncGenerator<BackupEvent> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  yield* eventsOf<BackupEvent>(
    (emit) => runBackup(vault, { ...options, signal }, emit),
    () => stop.abort(),
  );
}

/** So often a backup is begun anew because a prune took what it relied on; the second time finds little to do. */
const ATTEMPTS = 3;

async function runBackup(vault: Vault, options: BackupOptions, emit: Emit): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptBackup(vault, options, emit, attempt > 1);
    } catch (error) {
      const mayRepeat = attempt < ATTEMPTS && !options.stdin;
      if (!isFailure(error, 'vault/changed') || !mayRepeat) throw error;
      emit({ type: 'notice', message: `the backup begins anew: ${error.message}` });
    }
  }
}

async function attemptBackup(
  vault: Vault,
  options: BackupOptions,
  emit: Emit,
  avoidsAll: boolean,
): Promise<void> {
  const startedMs = vault.clock();
  const { signal } = options;
  // What cannot be read may ask for server-side encryption: better no backup than a wrong one.
  if (vault.settingsDamage) throw vault.settingsDamage;
  const gc = loadGcForWriting(vault, signal);
  const [listing, view] = await Promise.all([
    loadSnapshots(vault, signal, gc),
    gc.then((state) =>
      openForWriting(vault, state, { signal, extraChunks: CHUNKS_PER_RUN, avoidsAll }),
    ),
  ]);
  const { index } = view;
  noteDamage(listing, emit);
  const roots = rootKeys(options);
  const parent = await findParent(vault, options, listing, roots);

  const firstRoot = roots[0] ?? ROOT_KEY;
  const run = new BackupRun({ vault, index, parent, options, firstRoot, emit });
  let isWalking = true;
  const report = () => emit(progressOf(run, !isWalking));
  const timer = setInterval(report, PROGRESS_MS);
  let outcome: BackupOutcome;
  try {
    outcome = await run.run();
    isWalking = false;
  } finally {
    clearInterval(timer);
  }
  report();
  const commit = { vault, options, view, listing, parent, outcome, roots, startedMs };
  const saved = await commitRun(commit);
  emitSummary(commit, run, saved, emit);
}

async function findParent(
  vault: Vault,
  options: BackupOptions,
  listing: SnapshotListing,
  roots: readonly Uint8Array[],
): Promise<SavedSnapshot | undefined> {
  if (options.stdin || options.force) return undefined;
  const { parent, host, signal } = options;
  if (parent !== undefined) return resolveSnapshot(vault, parent, signal);
  return chooseParent(listing.snapshots, host, roots);
}

function noteDamage(listing: SnapshotListing, emit: Emit): void {
  for (const { id, error } of listing.damaged) {
    const message = `snapshot ${id.slice(0, 8)} cannot be read and is left alone: ${error.message}`;
    emit({ type: 'notice', message });
  }
}

function rootKeys(options: BackupOptions): Uint8Array[] {
  if (options.stdin) return [streamPath(options.stdin.name)];
  if (options.roots.length === 0) {
    throw new AppError('usage', 'there is nothing to back up', { hint: 'name a file or folder' });
  }
  return options.roots.map((root) => toPathKey(root)).sort(compareBytes);
}

function progressOf(run: BackupRun, scanned: boolean): BackupProgress {
  const { counters } = run;
  const unmodified = counters.sum('filesUnmodified');
  return {
    type: 'progress',
    filesDone: unmodified + counters.sum('filesRead'),
    bytesDone: counters.sum('bytesUnmodified') + counters.sum('bytesRead'),
    filesTotal: counters.sum('filesFound'),
    bytesTotal: counters.sum('bytesFound'),
    scanned: scanned || run.isScanned,
    bytesStored: run.bytesStored,
    currentPath: counters.currentPath,
  };
}

interface Commit {
  readonly vault: Vault;
  readonly options: BackupOptions;
  readonly view: WritingView;
  readonly listing: SnapshotListing;
  readonly parent: SavedSnapshot | undefined;
  readonly outcome: BackupOutcome;
  readonly roots: readonly Uint8Array[];
  readonly startedMs: number;
}

async function commitRun(commit: Commit): Promise<SealedSnapshot | undefined> {
  const { vault, options, view, listing, parent, outcome, roots, startedMs } = commit;
  if (options.dryRun) return undefined;
  const { manifest, totals, failures } = outcome;
  if (!manifest) {
    throw new AppError('files/read', 'nothing could be read, so there is nothing to save', {
      hint: 'check the paths and the permissions on them',
    });
  }
  if (options.skipIfUnchanged && (await isSameTree(commit))) return undefined;
  const snapshot: Snapshot = {
    timeMs: options.timeMs ?? startedMs,
    host: options.host,
    user: options.user,
    roots,
    tags: options.tags,
    manifest,
    totals,
    chain: nextInChain(listing, options.host),
    ...(parent && { parent: parent.id }),
    program: options.program,
    complete: failures === 0,
  };
  return commitSnapshot(vault, view, snapshot, options.signal);
}

async function isSameTree({ vault, view, parent, outcome, roots }: Commit): Promise<boolean> {
  if (!parent) return false;
  const loader = new ChunkLoader(vault, view.index, { cacheBytes: 8 * MiB });
  const reader = new ManifestReader(loader, parent.snapshot.manifest);
  return (await treeDigestOf(reader, roots[0] ?? ROOT_KEY)) === outcome.treeDigest;
}

function emitSummary(
  commit: Commit,
  run: BackupRun,
  saved: SealedSnapshot | undefined,
  emit: Emit,
): void {
  const { vault, parent, outcome, startedMs } = commit;
  const { counters } = run;
  const { totals } = outcome;
  emit({
    type: 'summary',
    ...(saved && { snapshotId: saved.id }),
    ...(parent && { parentId: parent.id }),
    filesNew: counters.sum('filesNew'),
    filesChanged: counters.sum('filesChanged'),
    filesUnmodified: counters.sum('filesUnmodified'),
    directories: totals.directories,
    others: totals.others,
    filesFailed: outcome.failures,
    // A dry run has no totals of its own: it read nothing.
    bytesProcessed: commit.options.dryRun ? counters.sum('bytesFound') : totals.bytes,
    bytesRead: counters.sum('bytesRead'),
    bytesAdded: counters.sum('bytesAdded'),
    bytesStored: outcome.bytesStored + (saved?.bytes.length ?? 0),
    chunksAdded: counters.sum('chunksAdded'),
    durationMs: vault.clock() - startedMs,
  });
}
