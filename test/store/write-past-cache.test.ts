import { constants } from 'node:fs';
import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StorableBytes } from '../../src/base/brand.ts';
import { PAGE_BYTES, pageAlignedMemory } from '../../src/base/page-memory.ts';
import { MiB } from '../../src/base/units.ts';
import { DirectoryStore } from '../../src/store/directory.ts';
import { writePastCache } from '../../src/store/directory/write-past-cache.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cybs3-past-cache-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Whether the file system of `folder` can do it at all (tmpfs and some others cannot). */
async function canBypassCache(): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_DIRECT;
  try {
    await (await open(join(folder, 'probe'), flags)).close();
    return true;
  } catch {
    return false;
  }
}

function patterned(memory: SharedArrayBuffer | ArrayBuffer, at: number, length: number): Buffer {
  const bytes = Buffer.from(memory, at, length);
  for (let i = 0; i < length; i += 61) bytes[i] = (i * 7) >>> 3;
  return bytes;
}

describe('a big object in a directory', () => {
  it.each([MiB, MiB + 1, 2 * MiB - 1, 9 * MiB + 4097])(
    'of %i bytes is written past the page cache, its last bytes too',
    async (length) => {
      const body = patterned(pageAlignedMemory(length + PAGE_BYTES), PAGE_BYTES, length);
      const path = join(folder, `direct-${length}`);
      const written = await writePastCache(path, body, undefined);
      const pages = length - (length % PAGE_BYTES);
      expect(written).toBe((await canBypassCache()) ? pages : 0);
      const store = new DirectoryStore(join(folder, 'store'));
      await store.put(`data/${length}`, body as unknown as StorableBytes);
      expect((await readFile(join(folder, 'store/data', `${length}`))).equals(body)).toBe(true);
    },
  );

  it('from memory that starts between two pages comes whole as well', async () => {
    const memory = pageAlignedMemory(4 * MiB);
    const store = new DirectoryStore(join(folder, 'store'));
    for (const at of [1, 16, 512, 4095]) {
      const body = patterned(memory, at, 3 * MiB);
      await store.put(`odd/${at}`, body as unknown as StorableBytes);
      expect((await readFile(join(folder, 'store/odd', `${at}`))).equals(body)).toBe(true);
    }
    // Ordinary memory: where it starts, nobody can tell.
    const plain = patterned(new ArrayBuffer(3 * MiB), 0, 3 * MiB);
    await store.put('odd/plain', plain as unknown as StorableBytes);
    expect((await readFile(join(folder, 'store/odd/plain'))).equals(plain)).toBe(true);
  });

  it('is left to the page cache where it is small', async () => {
    const body = patterned(pageAlignedMemory(MiB), 0, MiB - 1);
    const path = join(folder, 'small');
    expect(await writePastCache(path, body, undefined)).toBe(0);
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
