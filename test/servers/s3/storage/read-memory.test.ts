import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { READ_BYTES } from '../../../../src/servers/s3/storage/read-extent.ts';
import { ReadMemory } from '../../../../src/servers/s3/storage/read-memory.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { TestStore } from './extent-fixture.ts';

const parent = temporaryFolder();
const SLOT_BYTES = 65_536;

/** Whether a small read gets memory that a large one has left. */
async function isMemoryLeft(store: TestStore): Promise<boolean> {
  const extent = await store.put(`small ${randomBytes(4).toString('hex')}`, randomBytes(50_000));
  for await (const piece of store.extents.read(extent, store.dataKey)) {
    const isLeft = piece.buffer.byteLength === READ_BYTES;
    store.extents.giveBack(piece);
    return isLeft;
  }
  throw new Error('nothing was read');
}

describe('memory of readers', () => {
  it('is used again once it was given back, and not before', () => {
    const memory = new ReadMemory(SLOT_BYTES);
    const first = memory.take(SLOT_BYTES);
    expect(memory.take(SLOT_BYTES).buffer).not.toBe(first.buffer);
    expect(memory.give(first.subarray(5, 10))).toBe(true);
    const again = memory.take(100);
    expect(again.buffer).toBe(first.buffer);
    expect(again.length).toBe(100);
  });

  it('given back twice is lent once', () => {
    const memory = new ReadMemory(SLOT_BYTES);
    const slot = memory.take(SLOT_BYTES);
    expect([memory.give(slot), memory.give(slot)]).toEqual([true, false]);
    expect(memory.take(SLOT_BYTES).buffer).not.toBe(memory.take(SLOT_BYTES).buffer);
  });

  it("does not take anybody else's, nor keep what is smaller than a slot", () => {
    const memory = new ReadMemory(SLOT_BYTES);
    expect(memory.give(Buffer.alloc(SLOT_BYTES))).toBe(false);
    const small = memory.take(SLOT_BYTES / 2);
    expect(memory.give(small)).toBe(true);
    expect(small.buffer.detached).toBe(true);
    expect(memory.take(SLOT_BYTES).length).toBe(SLOT_BYTES);
  });

  it('keeps a piece as it is for a reader that does not give it back', async () => {
    const store = await TestStore.fresh(parent);
    const [mine, other] = [randomBytes(3_000_000), randomBytes(3_000_000)];
    const extents = [await store.put('mine', mine), await store.put('other', other)] as const;
    const kept: Buffer[] = [];
    for await (const piece of store.extents.read(extents[0], store.dataKey)) {
      kept.push(piece);
      for await (const theirs of store.extents.read(extents[1], store.dataKey)) {
        store.extents.giveBack(theirs);
      }
    }
    expect(kept.length).toBeGreaterThan(1);
    expect(Buffer.concat(kept).equals(mine)).toBe(true);
  });

  it('is left by a reader that gives back, that leaves in the middle, and by a copy', async () => {
    const big = randomBytes(5_000_000);
    const all = async (store: TestStore): Promise<void> => {
      const extent = await store.put('big', big);
      for await (const piece of store.extents.read(extent, store.dataKey)) {
        store.extents.giveBack(piece);
      }
    };
    const leaves = async (store: TestStore): Promise<void> => {
      const extent = await store.put('big', big);
      for await (const _ of store.extents.read(extent, store.dataKey)) break;
    };
    const copies = async (store: TestStore): Promise<void> => {
      const extent = await store.put('big', big);
      const source = store.extents.read(extent, store.dataKey);
      await store.extents.write(store.dataKey, source, { ownsPieces: true });
    };
    expect(await isMemoryLeft(await TestStore.fresh(parent))).toBe(false);
    for (const read of [all, leaves, copies]) {
      const store = await TestStore.fresh(parent);
      await read(store);
      expect(await isMemoryLeft(store)).toBe(true);
    }
  });

  it('is left by copies of small objects, too', async () => {
    const store = await TestStore.fresh(parent, { inlineBytesMax: -1 });
    const big = await store.put('big', randomBytes(3_000_000));
    for await (const piece of store.extents.read(big, store.dataKey)) store.extents.giveBack(piece);
    const tiny = await store.put('tiny', randomBytes(1000));
    for (let i = 0; i < 10; i++) {
      const source = store.extents.read(tiny, store.dataKey);
      await store.extents.write(store.dataKey, source, { ownsPieces: true });
    }
    expect(await isMemoryLeft(store)).toBe(true);
  });
});
