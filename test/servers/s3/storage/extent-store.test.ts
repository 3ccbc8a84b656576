import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { extentIds, startOfExtent } from '../../../../src/servers/s3/storage/extent-id.ts';
import { diskFailure } from '../../../../src/servers/s3/storage/disk-failure.ts';
import { S3Error } from '../../../../src/servers/s3/protocol/s3-error.ts';
import { sweepGarbage } from '../../../../src/servers/s3/upkeep/sweep.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { TestStore } from './extent-fixture.ts';

const parent = temporaryFolder();
const MiB = 2 ** 20;

describe('the store of extents', () => {
  it('gives small ones back for the catalog, and keeps big ones in private files', async () => {
    const store = await TestStore.fresh(parent, { inlineBytesMax: 1000 });
    const small = await store.write(randomBytes(1000));
    expect(small.inline?.length).toBe(1016);
    expect(small.extent.isInline).toBe(true);
    const big = await store.write(randomBytes(1001));
    expect(big.inline).toBeUndefined();
    expect(store.files()).toEqual([big.extent.id]);
    expect(statSync(store.fileOf(big.extent)).mode & 0o777).toBe(0o600);
    expect(statSync(join(store.folder, 'data')).mode & 0o777).toBe(0o700);
  });

  it('leaves nothing where the source fails, small or big, and throws what it threw', async () => {
    const store = await TestStore.fresh(parent);
    for (const before of [0, 10, 100_000, 3 * MiB]) {
      let isClosed = false;
      async function* source() {
        try {
          for (let sent = 0; sent < before; sent += 50_000) yield randomBytes(50_000);
          throw new S3Error('IncompleteBody', 'gone');
        } finally {
          isClosed = true;
        }
      }
      await expect(store.extents.write(store.dataKey, source())).rejects.toThrow('gone');
      expect(isClosed).toBe(true);
      expect(store.files()).toEqual([]);
    }
  });

  it('asks for no more of a source while the disk is behind', async () => {
    const store = await TestStore.fresh(parent);
    let sent = 0;
    let isClosed = false;
    async function* endless() {
      try {
        for (;;) {
          sent += MiB;
          yield Buffer.alloc(MiB);
        }
      } finally {
        isClosed = true;
      }
    }
    rmSync(join(store.folder, 'data'), { recursive: true });
    await expect(store.extents.write(store.dataKey, endless())).rejects.toThrow('ENOENT');
    expect(isClosed).toBe(true);
    expect(sent).toBeLessThanOrEqual(2 * MiB);
  });

  it('refuses in time where the disk is nearly full', async () => {
    const store = await TestStore.fresh(parent, { reserveBytes: Number.MAX_SAFE_INTEGER });
    for (const size of [10, MiB]) {
      const error = await store.write(randomBytes(size)).catch((thrown: unknown) => thrown);
      expect(error instanceof S3Error && error.code).toBe('InsufficientStorage');
    }
    expect(store.files()).toEqual([]);
  });

  it('knows a full disk by any of its names', () => {
    for (const code of ['ENOSPC', 'EDQUOT']) {
      const error = diskFailure(Object.assign(new Error('x'), { code }));
      expect(error instanceof S3Error && error.code).toBe('InsufficientStorage');
    }
    const other = Object.assign(new Error('x'), { code: 'EIO' });
    expect(diskFailure(other)).toBe(other);
    expect(diskFailure('text')).toBe('text');
  });

  it('discards what was never named, and keeps what is', async () => {
    const store = await TestStore.fresh(parent);
    const { extent } = await store.write(randomBytes(MiB));
    await store.extents.discard(extent);
    expect(store.files()).toEqual([]);
    await store.extents.discard(extent);
    const named = await store.put('k', randomBytes(MiB));
    await store.extents.discard(named);
    expect(store.files()).toEqual([named.id]);
  });

  it('says that an extent is missing, instead of giving nothing', async () => {
    const store = await TestStore.fresh(parent);
    const big = await store.put('big', randomBytes(MiB));
    const small = await store.put('small', randomBytes(10));
    rmSync(store.fileOf(big));
    await expect(store.read(big)).rejects.toThrow('missing');
    await store.remove('small');
    await sweepAll(store);
    await expect(store.read(small)).rejects.toThrow('missing');
  });

  it('keeps an empty extent, too, and verifies it', async () => {
    const store = await TestStore.fresh(parent);
    const extent = await store.put('empty', Buffer.alloc(0));
    expect(extent).toMatchObject({ sizeBytes: 0, storedBytes: 16 });
    expect((await store.read(extent)).length).toBe(0);
    const other = store.extents.read(extent, randomBytes(32));
    await expect(other[Symbol.asyncIterator]().next()).rejects.toThrow('damaged');
  });

  it('lets a reader that holds an object read it to its end, though it is deleted', async () => {
    const store = await TestStore.fresh(parent);
    const data = [randomBytes(10), randomBytes(MiB)] as const;
    const extents = [await store.put('small', data[0]), await store.put('big', data[1])] as const;
    const hold = store.extents.hold(extents);
    const again = store.extents.hold(extents);
    await store.remove('small');
    await store.remove('big');
    again[Symbol.dispose]();
    again[Symbol.dispose]();
    await sweepAll(store);
    expect((await store.read(extents[0])).equals(data[0])).toBe(true);
    expect((await store.read(extents[1])).equals(data[1])).toBe(true);
    hold[Symbol.dispose]();
    expect(store.extents.isHeld(extents[0].id)).toBe(false);
    await sweepAll(store);
    await expect(store.read(extents[0])).rejects.toThrow('missing');
    await expect(store.read(extents[1])).rejects.toThrow('missing');
  });

  it('frees everything where a reader leaves early', async () => {
    const store = await TestStore.fresh(parent);
    const extent = await store.put('k', randomBytes(5 * MiB));
    const before = openFiles();
    for (let i = 0; i < 20; i++) {
      for await (const piece of store.extents.read(extent, store.dataKey)) {
        expect(piece.length).toBeGreaterThan(0);
        break;
      }
    }
    expect(openFiles()).toBe(before);
  });

  it('writes and reads many at the same time', async () => {
    const store = await TestStore.fresh(parent);
    const all = Array.from({ length: 40 }, (_, i) => randomBytes(i * 30_000));
    const extents = await Promise.all(all.map((data, i) => store.put(`k${i}`, data)));
    expect(new Set(extents.map(({ id }) => id)).size).toBe(40);
    const read = await Promise.all(extents.map((extent) => store.read(extent)));
    expect(read.every((data, i) => data.equals(all[i] as Buffer))).toBe(true);
  });

  it('says how much room there is', async () => {
    const store = await TestStore.fresh(parent);
    expect((await store.extents.room()).freeBytes).toBeGreaterThan(MiB);
  });
});

describe('names of extents', () => {
  it('are never given twice, and say in which start they were made', () => {
    const first = extentIds(1, randomBytes);
    const second = extentIds(2 ** 32 - 1, randomBytes);
    const names = Array.from({ length: 1000 }, () => [first(), second()]).flat();
    expect(new Set(names).size).toBe(2000);
    expect(names.slice(0, 2).map(startOfExtent)).toEqual([1, 2 ** 32 - 1]);
    for (const strange of [
      '',
      'lost+found',
      'A'.repeat(32),
      '0'.repeat(31),
      `${'0'.repeat(32)}.tmp`,
    ])
      expect(startOfExtent(strange)).toBeUndefined();
  });
});

/** What was dropped stays for a while: this is a while. */
async function sweepAll(store: TestStore): Promise<void> {
  await sweepGarbage(store);
  await sweepGarbage(store);
}

function openFiles(): number {
  const folder = '/proc/self/fd';
  return existsSync(folder) ? readdirSync(folder).length : 0;
}
