import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/base/failure.ts';
import { MiB } from '../../src/base/units.ts';
import { createChunkIdentifier } from '../../src/crypto/chunk-id.ts';
import { deriveDedupKeys } from '../../src/crypto/derive.ts';
import { ObjectKind } from '../../src/crypto/sealed/header.ts';
import { asSealedBytes } from '../../src/crypto/sealed/seal.ts';
import { sealContext } from '../../src/crypto/vault-keys.ts';
import type { CompressionMode } from '../../src/format/compress.ts';
import type { ObjectStore } from '../../src/store/port.ts';
import { ChunkLoader } from '../../src/vault/chunk-loader.ts';
import { IndexWriter } from '../../src/vault/index/index-writer.ts';
import { loadIndex } from '../../src/vault/index/load-index.ts';
import { packKey } from '../../src/vault/pack-key.ts';
import { PackSlots } from '../../src/vault/pack/pack-slots.ts';
import type { FinishedPack } from '../../src/vault/pack/pack-writer.ts';
import { PackWriter, slotBytesFor } from '../../src/vault/pack/pack-writer.ts';
import { SegmentReader } from '../../src/vault/pack/segment-reader.ts';
import type { Vault } from '../../src/vault/vault.ts';
import {
  copyOf,
  flip,
  keysUnder,
  newVault,
  overwrite,
  random,
  reopen,
  swap,
  truncate,
} from '../support/test-vault.ts';

interface Packed {
  readonly vault: Vault;
  readonly packs: readonly FinishedPack[];
  /** In the order of the chunks. */
  readonly ids: readonly Uint8Array[];
}

/** Packs chunks and stores packs and index, as a backup does. */
async function pack(
  chunks: readonly Uint8Array[],
  packSizeBytes = 4 * MiB,
  compression: CompressionMode = 'auto',
): Promise<Packed> {
  const vault = await newVault();
  using dedup = deriveDedupKeys(vault.keys.dedupKey);
  const identify = createChunkIdentifier(dedup.chunkId);
  const slots = PackSlots.create(64, slotBytesFor(packSizeBytes));
  const packs: FinishedPack[] = [];
  const writer = new PackWriter({
    context: sealContext(vault.keys, random),
    kind: ObjectKind.dataPack,
    slots,
    packSizeBytes,
    compression,
    onPack: (finished) => packs.push(finished),
  });
  const ids = chunks.map((chunk) => identify(chunk));
  for (const [i, chunk] of chunks.entries()) writer.add(ids[i] ?? new Uint8Array(32), chunk);
  writer.flush();
  const index = new IndexWriter(vault);
  for (const { slot, id, sealedBytes, directory } of packs) {
    const body = asSealedBytes(slots.bytes(slot).subarray(0, sealedBytes));
    await vault.store.put(packKey('data', id), body);
    index.add({ id, room: 'data', sealedBytes, directory });
    slots.release(slot);
  }
  await index.flush();
  return { vault, packs, ids };
}

async function load(vault: Vault, ids: readonly Uint8Array[], cacheBytes = 8 * MiB) {
  const loader = new ChunkLoader(vault, await loadIndex(vault), { cacheBytes });
  return Promise.all(ids.map((id) => loader.load(id)));
}

const sizes = fc.array(fc.tuple(fc.integer({ min: 0, max: 700_000 }), fc.boolean()), {
  minLength: 1,
  maxLength: 12,
});

describe('chunks that were packed', () => {
  test('come back as they were, whatever their sizes', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async (list) => {
        const chunks = list.map(([size, isRandom], i) =>
          isRandom ? random(size) : new Uint8Array(size).fill(i),
        );
        const { vault, ids } = await pack(chunks, MiB);
        const back = await load(vault, ids);
        for (const [i, chunk] of chunks.entries()) {
          expect(Buffer.compare(back[i] ?? Buffer.of(1), chunk)).toBe(0);
        }
      }),
      { numRuns: 8 },
    );
  });

  test('fill packs up to their size, whose sealed lengths say little', async () => {
    const chunks = Array.from({ length: 60 }, () => random(150_000));
    const { packs, vault, ids } = await pack(chunks, 4 * MiB, 'off');
    expect(packs.length).toBe(3);
    expect(new Set(packs.slice(0, 2).map(({ sealedBytes }) => sealedBytes)).size).toBe(1);
    const back = await load(vault, ids);
    expect(back.every((chunk, i) => Buffer.compare(chunk, chunks[i] ?? Buffer.of()) === 0)).toBe(
      true,
    );
  });

  test('are fetched by whole segments only, and neighbours come from memory', async () => {
    const chunks = Array.from({ length: 40 }, () => random(100_000));
    const { vault, ids } = await pack(chunks, 4 * MiB, 'off');
    const asked: (string | undefined)[] = [];
    const { store } = vault;
    const get = store.get.bind(store);
    const watched: ObjectStore = Object.assign(store, {
      get: async (key: string, options: Parameters<ObjectStore['get']>[1]) => {
        if (key.startsWith('data/')) {
          const { offset = 0, length = 96 } = options?.range ?? {};
          // The header, alone or with the segments behind it, or segments further on.
          const first = offset === 0 ? 96 : offset;
          expect((first - 96) % (MiB + 28)).toBe(0);
          if (offset === 0) expect((length - 96) % (MiB + 28)).toBe(0);
          asked.push(`${offset}`);
        }
        return get(key, options);
      },
    });
    const loader = new ChunkLoader({ ...vault, store: watched }, await loadIndex(vault), {
      cacheBytes: 16 * MiB,
    });
    for (const id of ids) await loader.load(id);
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.length).toBeLessThanOrEqual(6);
  });

  test('keep to their cache, however little it holds', async () => {
    const chunks = Array.from({ length: 20 }, () => random(200_000));
    const { vault, ids } = await pack(chunks, 4 * MiB, 'off');
    const back = await load(vault, [...ids].reverse(), 0);
    expect(
      back.reverse().every((chunk, i) => Buffer.compare(chunk, chunks[i] ?? Buffer.of()) === 0),
    ).toBe(true);
  });

  test('that the index does not know are missing', async () => {
    const { vault } = await pack([random(10)]);
    await expect(load(vault, [random(32)])).rejects.toMatchObject({ code: 'chunk/missing' });
  });
});

describe('a damaged pack', () => {
  const flipped = (at: number) => (store: ObjectStore, key: string) => flip(store, key, at);

  test.each([
    ['another magic', flipped(0), 'object/header'],
    ['another suite', flipped(6), /^object\//],
    ['another kind', (store: ObjectStore, key: string) => setByte(store, key, 7, 2), 'object/kind'],
    ['no kind', flipped(7), 'object/header'],
    ['another epoch', flipped(11), 'object/epoch'],
    ['another segment size', flipped(15), 'object/header'],
    ['reserved bytes in use', flipped(20), 'object/header'],
    ['another name', flipped(33), 'object/name'],
    ['another salt', flipped(60), 'object/commitment'],
    ['another commitment', flipped(70), 'object/commitment'],
    ['another nonce', flipped(97), 'object/segment'],
    ['another content', flipped(5000), 'object/segment'],
    ['another tag', flipped(96 + MiB + 27), 'object/segment'],
  ])('with %s is refused', async (_what, damage, code) => {
    const { vault, ids } = await pack([random(2 * MiB)], 4 * MiB, 'off');
    const [key = ''] = await keysUnder(vault.store, 'data/');
    await damage(vault.store, key);
    const failing = load(vault, ids);
    await expect(failing).rejects.toBeInstanceOf(AppError);
    await expect(failing).rejects.toHaveProperty('code', expect.stringMatching(code));
    await expect(failing).rejects.toThrow(key);
  });

  test('that was cut is never read as if it were whole', async () => {
    const { vault, ids } = await pack([random(100_000), random(2 * MiB)], 4 * MiB, 'off');
    const [key = ''] = await keysUnder(vault.store, 'data/');
    for (const length of [0, 50, 96, 1000, 96 + MiB + 28, 2 * MiB]) {
      const copy = await copyOf(vault.store);
      await truncate(copy, key, length);
      await expect(load(await reopen(copy), ids), `${length}`).rejects.toBeInstanceOf(AppError);
    }
  });

  test('that changed places with another is refused', async () => {
    const { vault, ids } = await pack([random(900_000), random(900_000)], MiB, 'off');
    const [a = '', b = ''] = await keysUnder(vault.store, 'data/');
    await swap(vault.store, a, b);
    for (const id of ids) {
      await expect(load(vault, [id])).rejects.toMatchObject({ code: 'object/name' });
    }
  });
});

async function setByte(store: ObjectStore, key: string, at: number, to: number): Promise<void> {
  const bytes = await store.get(key);
  bytes[at] = to;
  await overwrite(store, key, bytes);
}

describe('a reader of segments', () => {
  test('gives any range of the plaintext', async () => {
    const chunk = random(3 * MiB + 5);
    const { vault, packs } = await pack([chunk], 4 * MiB, 'off');
    const [{ id, sealedBytes } = { id: '', sealedBytes: 0 }] = packs;
    const reader = new SegmentReader(vault, { cacheBytes: 2 * MiB });
    const bounds = [0, 1, MiB - 1, MiB, MiB + 1, 2 * MiB, 3 * MiB, chunk.length - 1, chunk.length];
    for (const from of bounds) {
      for (const to of bounds.filter((bound) => bound >= from)) {
        const part = await reader.read({ room: 'data', id, sealedBytes }, from, to);
        expect(Buffer.compare(part, chunk.subarray(from, to))).toBe(0);
      }
    }
    const behind = reader.read({ room: 'data', id, sealedBytes }, 0, sealedBytes);
    await expect(behind).rejects.toMatchObject({ code: 'object/truncated' });
  });
});
