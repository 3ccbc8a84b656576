import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { ChunkTable, PACK_PENDING } from '../../src/vault/index/chunk-table.ts';
import type { ClaimSetup } from './claim-thread.ts';

const id = (n: number): Uint8Array => createHash('sha256').update(String(n)).digest();
const place = (n: number) => ({
  pack: n % 1000,
  offset: n * 7,
  storedBytes: n + 1,
  rawBytes: (n * 3) % (1 << 24),
  codec: n % 2,
});

function rowAt(table: ChunkTable, row: number) {
  return {
    pack: table.packOf(row),
    offset: table.offsetOf(row),
    storedBytes: table.storedBytesOf(row),
    rawBytes: table.rawBytesOf(row),
    codec: table.codecOf(row),
  };
}

/** Has threads claim the same ids at the same time. @returns the numbers each of them got */
async function claimTogether(table: ChunkTable, ids: Buffer, threads: number): Promise<number[][]> {
  const shared = new SharedArrayBuffer(ids.length);
  new Uint8Array(shared).set(ids);
  const gate = new SharedArrayBuffer(4);
  const workerData: ClaimSetup = { shared: table.shared, ids: shared, gate };
  const file = new URL('./claim-thread.ts', import.meta.url);
  const workers = Array.from({ length: threads }, () => new Worker(file, { workerData }));
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const answers = workers.map((worker) => once(worker, 'message') as Promise<[number[]]>);
  Atomics.store(new Int32Array(gate), 0, 1);
  Atomics.notify(new Int32Array(gate), 0);
  const got = (await Promise.all(answers)).map(([numbers]) => numbers);
  await Promise.all(workers.map((worker) => worker.terminate()));
  return got;
}

describe('the chunk table', () => {
  test('finds what was added, where it was added, through all generations', () => {
    const count = 250_000;
    const table = ChunkTable.create(count);
    for (let n = 0; n < count; n++) expect(table.add(id(n), 0, place(n))).toBe(n);
    expect(table.count).toBe(count);
    for (let n = 0; n < count; n += 97) {
      const row = table.find(id(n));
      expect(row).toBe(n);
      expect(rowAt(table, row)).toEqual(place(n));
      expect(Buffer.compare(table.idOf(row), id(n))).toBe(0);
      expect(table.find(id(-n - 1))).toBe(-1);
    }
  });

  test('adds and claims each id once', () => {
    const table = ChunkTable.create(10);
    expect(table.claim(id(1))).toBe(0);
    expect(table.packOf(0)).toBe(PACK_PENDING);
    expect(table.claim(id(1))).toBe(-1);
    expect(table.add(id(1), 0, place(1))).toBe(-1);
    table.place(0, place(5));
    expect(rowAt(table, 0)).toEqual(place(5));
    expect(table.count).toBe(1);
  });

  test('is as good for a number of rows that was known before', () => {
    for (const count of [100, 40_000, 123_457]) {
      const table = ChunkTable.create(count + 1000, count);
      for (let n = 0; n < count; n++) expect(table.add(id(n), 0, place(n))).toBe(n);
      for (let n = 0; n < count; n += 61) expect(rowAt(table, table.find(id(n)))).toEqual(place(n));
      for (let n = 0; n < 1000; n++) expect(table.claim(id(-n - 1))).toBe(count + n);
    }
  });

  test('reads an id from the middle of a list', () => {
    const table = ChunkTable.create(10);
    const list = Buffer.concat([id(1), id(2), id(3)]);
    expect(table.add(list, 32, place(2))).toBe(0);
    expect(table.find(list, 32)).toBe(0);
    expect(table.find(list, 0)).toBe(-1);
    expect(table.find(id(2))).toBe(0);
    const copy = new Uint8Array(40);
    table.copyId(0, copy, 8);
    expect(Buffer.compare(copy.subarray(8), id(2))).toBe(0);
  });

  test('tells ids apart that fall on the same place', () => {
    const table = ChunkTable.create(5000);
    const same = (n: number) =>
      Buffer.concat([Buffer.alloc(28, 9), Buffer.from([0, 0, n >> 8, n])]);
    for (let n = 0; n < 2000; n++) expect(table.claim(same(n))).toBe(n);
    for (let n = 0; n < 2000; n++) expect(table.find(same(n))).toBe(n);
  });

  test('holds the largest numbers there can be', () => {
    const table = ChunkTable.create(1);
    const most = {
      pack: 2 ** 32 - 2,
      offset: 2 ** 32 - 1,
      storedBytes: 2 ** 32 - 1,
      rawBytes: 2 ** 28 - 1,
      codec: 15,
    };
    table.add(id(1), 0, most);
    expect(rowAt(table, 0)).toEqual(most);
  });

  test('is full at its capacity and says so', () => {
    const table = ChunkTable.create(2);
    table.claim(id(1));
    table.claim(id(2));
    expect(() => table.claim(id(3))).toThrow('full');
    expect(table.count).toBe(2);
    expect(table.find(id(3))).toBe(-1);
  });

  test('gives each id to exactly one of the threads that claim it at once', async () => {
    const count = 30_000;
    const table = ChunkTable.create(4 * count);
    const got = await claimTogether(table, randomBytes(count * 32), 4);
    expect(got.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
  });

  test('while it grows, gives none to nobody, and hardly any to two', async () => {
    const count = 150_000;
    const threads = 3;
    const table = ChunkTable.create(threads * count);
    const ids = randomBytes(count * 32);
    const got = (await claimTogether(table, ids, threads)).flat();
    expect(new Set(got).size).toBe(count);
    // At the border of two generations threads do not see each other: the chunk is then stored twice.
    expect(got.length - count).toBeLessThan(threads * 3);
    for (let n = 0; n < count; n += 101) expect(table.find(ids, n * 32)).toBeGreaterThanOrEqual(0);
  });
});
