import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ReadMemory } from '../../../../src/servers/s3/storage/read-memory.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { TestStore } from './extent-fixture.ts';

const parent = temporaryFolder();
const SLOT_BYTES = 65_536;

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
});
