import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startUpkeep } from '../../../../src/servers/s3/upkeep/start-upkeep.ts';
import { sweepGarbage, sweepLeftovers } from '../../../../src/servers/s3/upkeep/sweep.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { TestStore } from '../storage/extent-fixture.ts';

const parent = temporaryFolder();
const inFiles = { inlineBytesMax: -1 };

/** What was dropped stays for a call. */
async function sweepTwice(store: TestStore): Promise<number> {
  return (await sweepGarbage(store)) + (await sweepGarbage(store));
}

describe('sweeping', () => {
  it('unlinks what was dropped the second time, and forgets it', async () => {
    const store = await TestStore.fresh(parent, inFiles);
    const gone = await store.put('gone', randomBytes(10));
    const kept = await store.put('kept', randomBytes(10));
    await store.remove('gone');
    expect(store.files().toSorted()).toEqual([gone.id, kept.id].toSorted());
    expect(await sweepGarbage(store)).toBe(0);
    expect(store.files().length).toBe(2);
    expect(await sweepGarbage(store)).toBe(1);
    expect(store.files()).toEqual([kept.id]);
    expect(store.catalog.garbage('', 10)).toEqual([]);
    expect(await sweepGarbage(store)).toBe(0);
  });

  it('goes on where a file is gone already: it was killed in between', async () => {
    const store = await TestStore.fresh(parent, inFiles);
    const gone = await store.put('gone', randomBytes(10));
    await store.remove('gone');
    await store.extents.data.remove(gone.id);
    expect(await sweepTwice(store)).toBe(1);
    expect(store.catalog.garbage('', 10)).toEqual([]);
  });

  it('leaves to a reader what it holds', async () => {
    const store = await TestStore.fresh(parent, inFiles);
    const data = randomBytes(10);
    const extent = await store.put('k', data);
    const hold = store.extents.hold([extent]);
    await store.remove('k');
    expect(await sweepTwice(store)).toBe(0);
    expect((await store.read(extent)).equals(data)).toBe(true);
    hold[Symbol.dispose]();
    expect(await sweepGarbage(store)).toBe(1);
    expect(store.files()).toEqual([]);
  });

  it('takes away what an earlier start never named, and nothing else', async () => {
    const first = await TestStore.fresh(parent, inFiles);
    const kept = await first.put('kept', randomBytes(10));
    const dropped = await first.put('dropped', randomBytes(10));
    await first.remove('dropped');
    await first.write(randomBytes(10));
    expect(await sweepLeftovers(first)).toBe(0);
    first.catalog.close();

    const second = await TestStore.in(first.folder, inFiles);
    const underWay = await second.write(randomBytes(10));
    writeFileSync(join(first.folder, 'data', '00', 'notes of somebody.txt'), 'x');
    expect(await sweepLeftovers(second)).toBe(2);
    expect(second.files().toSorted()).toEqual(
      [kept.id, underWay.extent.id, 'notes of somebody.txt'].toSorted(),
    );
    expect(await sweepGarbage(second)).toBe(1);
    expect(second.catalog.garbage('', 10)).toEqual([]);
    expect(dropped.id).not.toBe(kept.id);
  });

  it('goes on beside a running server, until that is closed', async () => {
    const store = await TestStore.fresh(parent, inFiles);
    const errors: unknown[] = [];
    const upkeep = startUpkeep({ ...store, everyMs: 10, onError: (error) => errors.push(error) });
    for (let i = 0; i < 3; i++) {
      await store.put('k', randomBytes(10));
      await store.remove('k');
      await expect.poll(() => store.files(), { timeout: 30_000 }).toEqual([]);
    }
    await upkeep.close();
    await store.put('k', randomBytes(10));
    await store.remove('k');
    await sleep(50);
    expect(store.files().length).toBe(1);
    expect(errors).toEqual([]);
  });

  it('says what went wrong, and tries again', async () => {
    const store = await TestStore.fresh(parent, inFiles);
    const errors: unknown[] = [];
    store.catalog.close();
    const upkeep = startUpkeep({ ...store, everyMs: 5, onError: (error) => errors.push(error) });
    await expect.poll(() => errors.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(2);
    await upkeep.close();
  });
});
