import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { compareBytes, toHex } from '../../../src/base/bytes.ts';
import { AppError } from '../../../src/base/failure.ts';
import { createPathCutter } from '../../../src/chunker/manifest-cut.ts';
import { createChunkIdentifier } from '../../../src/crypto/chunk-id.ts';
import { deriveDedupKeys } from '../../../src/crypto/derive.ts';
import { displayPath } from '../../../src/files/path.ts';
import { decodeFences } from '../../../src/format/manifest-node.ts';
import type { ManifestRoot } from '../../../src/format/snapshot.ts';
import { ChunkSaver } from '../../../src/jobs/repair/snapshots/chunk-saver.ts';
import type { PathLoss } from '../../../src/jobs/repair/snapshots/mend-leaf.ts';
import { ManifestMender } from '../../../src/jobs/repair/snapshots/mend-manifest.ts';
import { ChunkLoader } from '../../../src/vault/chunk-loader.ts';
import type { VaultIndex } from '../../../src/vault/index/load-index.ts';
import { loadIndex } from '../../../src/vault/index/load-index.ts';
import { ManifestReader } from '../../../src/vault/manifest/manifest-reader.ts';
import { listSnapshots } from '../../../src/vault/snapshots.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { backUp, collect, newVault } from '../../support/test-vault.ts';

const folder = temporaryFolder();
const FILES = 2500;
let vault: Vault;
let index: VaultIndex;
let root: ManifestRoot;

beforeAll(async () => {
  for (let n = 0; n < FILES; n++) writeFileSync(join(folder, `file-${n}`), '');
  vault = await newVault();
  await backUp(vault, [folder]);
  index = await loadIndex(vault);
  const [saved] = await listSnapshots(vault);
  if (!saved) throw new Error('there is a snapshot');
  root = saved.snapshot.manifest;
});

const loader = (): ChunkLoader => new ChunkLoader(vault, index, { cacheBytes: 1 << 24 });

/** Mends the manifest as if some nodes could not be read. */
async function mendWithout(lost: ReadonlySet<string>) {
  const real = loader();
  const made = new Map<string, Uint8Array>();
  using keys = deriveDedupKeys(vault.keys.dedupKey);
  const hash = createChunkIdentifier(keys.chunkId);
  const identify = (chunk: Uint8Array): Uint8Array => {
    const id = hash(chunk);
    made.set(toHex(id), Uint8Array.from(chunk));
    return id;
  };
  const source = {
    load: async (id: Uint8Array): Promise<Uint8Array> => {
      if (lost.has(toHex(id))) throw new AppError('chunk/mismatch', 'this node is lost');
      return made.get(toHex(id)) ?? real.load(id);
    },
  };
  const { chunks } = index;
  const saver = new ChunkSaver(chunks, identify, undefined);
  const parts = { chunks, known: chunks, source, saver, identify, zeroFill: false };
  const startsNode = keys.manifestCut.use((key) => createPathCutter(Uint8Array.from(key)));
  const losses: PathLoss[] = [];
  const mended = await new ManifestMender(parts, startsNode).mend(root, (loss) =>
    losses.push(loss),
  );
  const paths = mended.root
    ? (await collect(new ManifestReader(source, mended.root).entries())).map(({ path }) => path)
    : [];
  return { ...mended, losses, paths };
}

describe('a manifest of several levels', () => {
  test('comes out as the same nodes where nothing is lost', async () => {
    const mended = await mendWithout(new Set());
    expect(root.level).toBeGreaterThan(0);
    expect(mended.losses).toEqual([]);
    expect(mended.root && toHex(mended.root.id)).toBe(toHex(root.id));
    expect(mended.root).toMatchObject({ level: root.level, entries: root.entries });
    expect(mended.totals).toMatchObject({ files: FILES });
  });

  test('loses exactly the entries of a leaf that cannot be read', async () => {
    const fences = decodeFences(await loader().load(root.id), root.level);
    for (const [n, fence] of fences.entries()) {
      const mended = await mendWithout(new Set([toHex(fence.id)]));
      const all = (await collect(new ManifestReader(loader(), root).entries())).map((e) => e.path);
      const after = fences[n + 1]?.path;
      const kept = all.filter(
        (path) => compareBytes(path, fence.path) < 0 || (after && compareBytes(path, after) >= 0),
      );
      expect(mended.paths.map(displayPath)).toEqual(kept.map(displayPath));
      expect(mended.losses).toEqual([
        expect.objectContaining({ action: 'path-dropped', entries: fence.entries }),
      ]);
      const { files, directories, others } = mended.totals;
      expect(files + directories + others).toBe(kept.length);
      expect(mended.root?.entries).toBe(kept.length);
    }
  });

  test('has nothing left where its top cannot be read, and says how much that was', async () => {
    const mended = await mendWithout(new Set([toHex(root.id)]));
    expect(mended.root).toBeUndefined();
    expect(mended.losses).toEqual([expect.objectContaining({ entries: root.entries })]);
  });
});
