import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/base/failure.ts';
import { createChunkIdentifier } from '../../../src/crypto/chunk-id.ts';
import { deriveDedupKeys } from '../../../src/crypto/derive.ts';
import { loadPruneIndex } from '../../../src/jobs/prune/prune-index.ts';
import { fetchPacks } from '../../../src/jobs/prune/run/pack-feed.ts';
import { DirectoryStore } from '../../../src/store/directory.ts';
import { packKey } from '../../../src/vault/pack-key.ts';
import { PackSink } from '../../../src/vault/pack/pack-sink.ts';
import { newVault, random } from '../../support/test-vault.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const { signal } = new AbortController();
const CHUNK_BYTES = 800_000;
const PACK_BYTES = 4 << 20;

/** A vault on a disk with chunks that do not compress, five a pack. */
async function vaultOf(chunks: number) {
  const folder = join(temporaryFolder(), 'vault');
  const vault = await newVault(new DirectoryStore(folder));
  using keys = deriveDedupKeys(vault.keys.dedupKey);
  const identify = createChunkIdentifier(keys.chunkId);
  const sink = new PackSink({ vault, packSizeBytes: PACK_BYTES });
  const contents = new Map<string, Buffer>();
  for (let i = 0; i < chunks; i++) {
    const raw = random(CHUNK_BYTES);
    const id = identify(raw);
    contents.set(Buffer.from(id).toString('hex'), Buffer.from(raw));
    await sink.add('data', id, raw);
  }
  await sink.finish();
  const index = await loadPruneIndex(vault, () => 0, signal);
  const rowsIn = (pack: number) =>
    Uint32Array.from(
      Array.from({ length: index.chunks.count }, (_, row) => row)
        .filter((row) => index.chunks.packOf(row) === pack)
        .sort((a, b) => index.chunks.offsetOf(a) - index.chunks.offsetOf(b)),
    );
  const packs = Array.from({ length: index.packs.count }, (_, n) => n);
  return { folder, vault, index, contents, rowsIn, packs };
}

interface Seen {
  readonly pack: number;
  readonly bytesFetched: number;
  /** Rows of the chunks that were as they should be. */
  readonly right?: number[];
  readonly stretches?: number;
  readonly error?: string;
}

type Made = Awaited<ReturnType<typeof vaultOf>>;

async function fetchAll(made: Made, rowsOf: (pack: number) => Uint32Array) {
  const { vault, index, contents, packs } = made;
  const all: Seen[] = [];
  for await (const { stretches, ...rest } of fetchPacks({ vault, index, rowsOf, signal }, packs)) {
    if (stretches instanceof AppError) {
      all.push({ ...rest, error: stretches.code });
      continue;
    }
    // They are lent only until the next pack.
    const right = stretches.flatMap(({ rows, plain }) =>
      Array.from(rows).filter((row) => {
        const id = Buffer.from(index.chunks.idOf(row)).toString('hex');
        const bytes = plain.read(index.chunks.offsetOf(row), index.chunks.storedBytesOf(row));
        return contents.get(id)?.equals(bytes);
      }),
    );
    all.push({ ...rest, right, stretches: stretches.length });
  }
  return all;
}

describe('packs that are fetched to be moved', () => {
  test('come whole and right, in order, also when memory is kept for fewer', async () => {
    const made = await vaultOf(30);
    expect(made.packs.length).toBeGreaterThan(4);
    const fetched = await fetchAll(made, made.rowsIn);
    expect(fetched.map(({ pack }) => pack)).toEqual(made.packs);
    for (const { pack, right, stretches } of fetched) {
      expect(right).toEqual(Array.from(made.rowsIn(pack)));
      expect(stretches).toBe(1);
    }
  });

  test('come without a long stretch that nobody wants', async () => {
    const made = await vaultOf(5);
    const ends = (pack: number) =>
      made.rowsIn(pack).filter((_, i, all) => i % (all.length - 1) === 0);
    const [only] = await fetchAll(made, ends);
    expect(only).toMatchObject({ right: Array.from(ends(0)), stretches: 2 });
    const whole = made.index.packs.sealedBytesOf(0);
    expect(only?.bytesFetched).toBeLessThan(whole - (1 << 20));
  });

  test('are told of where they are damaged, and the others come all the same', async () => {
    const made = await vaultOf(20);
    const { packs } = made.index;
    const fd = openSync(join(made.folder, packKey('data', packs.idOf(1))), 'r+');
    writeSync(fd, Buffer.from('damage'), 0, 6, 2_000_000);
    closeSync(fd);
    const fetched = await fetchAll(made, made.rowsIn);
    expect(fetched[1]?.error).toBe('object/segment');
    for (const { pack, right } of fetched.filter(({ pack: n }) => n !== 1)) {
      expect(right).toEqual(Array.from(made.rowsIn(pack)));
    }
  });
});
