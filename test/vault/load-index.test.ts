/** What of an index comes into memory. */
import { createHash, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { PackDirectoryWriter } from '../../src/format/pack.ts';
import { PACK_PENDING } from '../../src/vault/index/chunk-table.ts';
import { IndexWriter } from '../../src/vault/index/index-writer.ts';
import { loadIndex } from '../../src/vault/index/load-index.ts';
import type { PackRoom } from '../../src/vault/pack-key.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { newVault } from '../support/test-vault.ts';

const COUNT = 5000;
const id = (n: number): Uint8Array => createHash('sha256').update(String(n)).digest();

interface Row {
  readonly id: Uint8Array;
  readonly storedBytes: number;
}

/** Names a pack with such chunks in an index file of its own. @returns its id */
async function namePack(vault: Vault, room: PackRoom, rows: readonly Row[]): Promise<string> {
  const directory = new PackDirectoryWriter();
  for (const row of rows) directory.add(row.id, 0, row.storedBytes, row.storedBytes);
  const index = new IndexWriter(vault);
  const pack = randomBytes(16).toString('hex');
  index.add({ id: pack, room, sealedBytes: 1 << 24, directory: directory.take() });
  await index.flush();
  return pack;
}

const rowsFrom = (first: number): Row[] =>
  Array.from({ length: COUNT }, (_, i) => ({ id: id(first + i), storedBytes: first + i + 1 }));

test('one who writes knows every chunk, and where those of metadata are', async () => {
  const vault = await newVault();
  await namePack(vault, 'data', rowsFrom(0));
  const meta = await namePack(vault, 'meta', rowsFrom(COUNT));
  const { chunks, packs } = await loadIndex(vault, { places: 'metadata', extraChunks: 10 });
  expect(chunks.count).toBe(2 * COUNT);
  for (let n = 0; n < COUNT; n++) expect(chunks.packOf(chunks.find(id(n)))).toBe(PACK_PENDING);
  for (let n = COUNT; n < 2 * COUNT; n++) {
    const row = chunks.find(id(n));
    expect(packs.idOf(chunks.packOf(row))).toBe(meta);
    expect(chunks.storedBytesOf(row)).toBe(n + 1);
  }
  expect(chunks.claim(id(7))).toBe(-1);
  expect(chunks.claim(id(-1))).toBe(2 * COUNT);
});

test('a chunk that is data and metadata has the place of the metadata', async () => {
  const both = [{ id: id(1), storedBytes: 77 }];
  for (const rooms of [
    ['data', 'meta'],
    ['meta', 'data'],
  ] as const) {
    const vault = await newVault();
    // Index files have random names, and are read in their order: either may be the first.
    for (const room of rooms) await namePack(vault, room, both);
    const { chunks, packs } = await loadIndex(vault, { places: 'metadata' });
    expect(chunks.count).toBe(1);
    expect(packs.kindOf(chunks.packOf(chunks.find(id(1))))).toBe('meta');
    expect(chunks.storedBytesOf(0)).toBe(77);
  }
});

test('packs that are avoided count for nothing, wherever their chunks are', async () => {
  const vault = await newVault();
  const gone = await namePack(vault, 'data', rowsFrom(0));
  await namePack(vault, 'data', rowsFrom(COUNT - 10));
  for (const places of ['all', 'metadata'] as const) {
    const { chunks } = await loadIndex(vault, { places, isAvoided: (pack) => pack === gone });
    expect(chunks.count).toBe(COUNT);
    expect(chunks.find(id(COUNT - 11))).toBe(-1);
    expect(chunks.find(id(COUNT - 10))).toBeGreaterThanOrEqual(0);
  }
});
