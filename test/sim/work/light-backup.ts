/**
 * A backup of a virtual tree. All but the reading of files is what `jobs/backup` does, in the same order: the records,
 * snapshots and index first, then packs, then the commit; and anew where a prune got in the way.
 * @module
 */
import { concatBytes } from '../../../src/base/bytes.ts';
import { isFailure } from '../../../src/base/failure.ts';
import type { Entry } from '../../../src/format/entry.ts';
import type { Snapshot } from '../../../src/format/snapshot.ts';
import { chooseParent, nextInChain } from '../../../src/jobs/backup/choose-parent.ts';
import { ChunkLoader } from '../../../src/vault/chunk-loader.ts';
import { commitSnapshot } from '../../../src/vault/commit/commit-snapshot.ts';
import { loadGcForWriting, openForWriting } from '../../../src/vault/commit/writing-view.ts';
import { ManifestReader } from '../../../src/vault/manifest/manifest-reader.ts';
import type { SavedSnapshot } from '../../../src/vault/snapshots.ts';
import { loadSnapshots } from '../../../src/vault/snapshots.ts';
import type { VaultIndex } from '../../../src/vault/index/load-index.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import type { Chance } from '../chance.ts';
import { withSink } from './sink-pool.ts';
import type { Tree } from './tree.ts';
import { sizeOf } from './tree.ts';
import type { Parent, WrittenTree } from './tree-writer.ts';
import { TreeWriter } from './tree-writer.ts';

const ATTEMPTS = 3;
const CACHE_BYTES = 8 * 1024 * 1024;
const EXTRA_CHUNKS = 1000;
const ROOTS = [new Uint8Array(0)];

export interface LightBackup {
  readonly host: string;
  readonly tree: Tree;
  readonly chance: Chance;
  /** The real one, but where a bug is planted. */
  readonly commit?: typeof commitSnapshot;
}

export interface LightBackupDone {
  readonly saved: SavedSnapshot;
  readonly needs: WrittenTree['needs'];
}

/** @throws AppError as the real one does */
export async function lightBackup(vault: Vault, options: LightBackup): Promise<LightBackupDone> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptBackup(vault, options, attempt > 1);
    } catch (error) {
      if (!isFailure(error, 'vault/changed') || attempt === ATTEMPTS) throw error;
    }
  }
}

async function attemptBackup(
  vault: Vault,
  options: LightBackup,
  avoidsAll: boolean,
): Promise<LightBackupDone> {
  const { host, tree, chance, commit = commitSnapshot } = options;
  const timeMs = vault.clock();
  const gc = loadGcForWriting(vault);
  const [listing, view] = await Promise.all([
    loadSnapshots(vault, undefined, gc),
    gc.then((state) => openForWriting(vault, state, { extraChunks: EXTRA_CHUNKS, avoidsAll })),
  ]);
  const parent = chooseParent(listing.snapshots, host, ROOTS);
  const { chunks } = view.index;
  const known = await readParent(vault, view.index, parent);
  const written = await withSink(vault, chance, async (sink) => {
    try {
      const done = await new TreeWriter({ vault, chunks, sink, parent: known }).write(tree);
      await sink.finish();
      return done;
    } catch (error) {
      await sink.salvage().catch(() => undefined);
      throw error;
    }
  });
  const bytes = [...tree.values()].reduce((sum, file) => sum + sizeOf(file), 0);
  const snapshot: Snapshot = {
    timeMs: Math.max(0, timeMs),
    host,
    user: 'sim',
    roots: ROOTS,
    tags: [],
    manifest: written.manifest,
    totals: { files: tree.size, directories: 0, others: 0, bytes },
    chain: nextInChain(listing, host),
    ...(parent && { parent: parent.id }),
    program: 'sim',
    complete: true,
  };
  return { saved: await commit(vault, view, snapshot), needs: written.needs };
}

/** Without its parent, or a part of it, a backup only reads more. */
async function readParent(
  vault: Vault,
  index: VaultIndex,
  parent: SavedSnapshot | undefined,
): Promise<Parent> {
  const entries = new Map<string, Entry>();
  if (!parent) return { entries, idsOf: async () => new Uint8Array(0) };
  const loader = new ChunkLoader(vault, index, { cacheBytes: CACHE_BYTES });
  const reader = new ManifestReader(loader, parent.snapshot.manifest);
  const idsOf = async (entry: Entry): Promise<Uint8Array> => {
    const lists: Uint8Array[] = [];
    for await (const list of reader.contentIds(entry)) lists.push(list);
    return concatBytes(lists);
  };
  try {
    for await (const entry of reader.entries()) {
      entries.set(Buffer.from(entry.path).toString('latin1'), entry);
    }
  } catch (error) {
    if (!isFailure(error)) throw error;
  }
  return { entries, idsOf };
}
