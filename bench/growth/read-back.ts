/**
 * What reading does with so many files: loads the index, reads the manifest through, joins it with an
 * unchanged walk.
 * @module
 */
import { MiB } from '../../src/base/units.ts';
import { createPathCutter } from '../../src/chunker/manifest-cut.ts';
import { createChunkIdentifier } from '../../src/crypto/chunk-id.ts';
import { deriveDedupKeys } from '../../src/crypto/derive.ts';
import { BatchBuilder } from '../../src/jobs/backup/walk/batch-builder.ts';
import type { FinishedBatch } from '../../src/jobs/backup/walk/batch-builder.ts';
import { ParentCursor, isUnchanged } from '../../src/jobs/backup/walk/parent-cursor.ts';
import { EntryType } from '../../src/format/entry.ts';
import { ChunkLoader } from '../../src/vault/chunk-loader.ts';
import type { VaultIndex } from '../../src/vault/index/load-index.ts';
import { loadIndex } from '../../src/vault/index/load-index.ts';
import { ManifestReader } from '../../src/vault/manifest/manifest-reader.ts';
import { loadSnapshots } from '../../src/vault/snapshots.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { generateEntries } from './generated.ts';

const NODE_CACHE_BYTES = 32 * MiB;
const EXTRA_CHUNKS = 48_000_000;

/** As a backup loads it: all of it, into the table. */
export async function loadWholeIndex(vault: Vault, files: number): Promise<VaultIndex> {
  const index = await loadIndex(vault, { extraChunks: EXTRA_CHUNKS, places: 'metadata' });
  expectCount('chunks', index.chunks.count, files);
  return index;
}

export async function readManifest(vault: Vault, files: number): Promise<void> {
  const reader = await openManifest(vault, await loadIndex(vault, { isForLookups: true }));
  let count = 0;
  for await (const entry of reader.entries()) if (entry.type === EntryType.file) count++;
  expectCount('files', count, files);
}

/** A backup in which nothing has changed, but for the walk itself: no file is opened, no node is new. */
export async function joinUnchanged(vault: Vault, files: number): Promise<void> {
  const index = await loadWholeIndex(vault, files);
  const reader = await openManifest(vault, index);
  using dedup = deriveDedupKeys(vault.keys.dedupKey);
  const identify = createChunkIdentifier(dedup.chunkId);
  const startsNode = dedup.manifestCut.use((key) => createPathCutter(Uint8Array.from(key)));
  let fresh = 0;
  const take = ({ node }: FinishedBatch) => {
    if (index.chunks.find(identify(node)) < 0) fresh++;
  };
  const builder = new BatchBuilder(startsNode, take);
  const entries = generateEntries(files);
  let node: Uint8Array | undefined;
  const cursor = new ParentCursor(() => {
    const next = node;
    node = undefined;
    return next;
  });
  let unchanged = 0;
  for await (const loaded of reader.nodes()) {
    node = loaded;
    // A node says how many entries it has; the walk goes as far as that, so the cursor never runs dry.
    const count = Buffer.from(loaded.buffer, loaded.byteOffset).readUInt32BE(4);
    for (let i = 0; i < count; i++) {
      const { value: now, done } = entries.next();
      if (done) throw new Error('the manifest has more entries than were saved');
      const before = cursor.at(now.path);
      if (before && now.type === EntryType.file && isUnchanged(now, before)) {
        now.content = before.content;
        unchanged++;
      }
      builder.add(now, false);
    }
  }
  builder.flush();
  expectCount('unchanged files', unchanged, files);
  if (fresh > 0) throw new Error(`${fresh} nodes are new where nothing has changed`);
}

async function openManifest(vault: Vault, index: VaultIndex): Promise<ManifestReader> {
  const { snapshots } = await loadSnapshots(vault);
  const [saved] = snapshots;
  if (!saved) throw new Error('there is no snapshot');
  const loader = new ChunkLoader(vault, index, { cacheBytes: NODE_CACHE_BYTES });
  return new ManifestReader(loader, saved.snapshot.manifest);
}

function expectCount(what: string, got: number, atLeast: number): void {
  if (got < atLeast) throw new Error(`${got} ${what} instead of ${atLeast}`);
}
