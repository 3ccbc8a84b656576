import {
  closeSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pageAlignedMemory } from '../../src/base/page-memory.ts';
import { isTooLargeForCache, withReaderPastCache } from '../../src/files/read/read-past-cache.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cybs3-past-cache-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const MEMORY = Buffer.from(pageAlignedMemory(64 * 1024));

/** Reads a file to its end, in stretches of `step` bytes; how often the ordinary way was taken comes along. */
function readAll(path: string, step: number, memory = MEMORY, meanwhile?: (at: number) => void) {
  const fd = openSync(path, 'r');
  let ordinary = 0;
  try {
    const length = content.length;
    const plain = (target: Uint8Array, position: number) => {
      ordinary++;
      const wanted = Math.max(0, Math.min(target.length, length - position));
      return readSync(fd, target, 0, wanted, position);
    };
    const pieces = withReaderPastCache(fd, length, plain, (read) => {
      const found: Buffer[] = [];
      for (let at = 0; ;) {
        const got = read(memory.subarray(0, step), at);
        if (got === 0) return found;
        found.push(Buffer.from(memory.subarray(0, got)));
        at += got;
        meanwhile?.(at);
      }
    });
    return { bytes: Buffer.concat(pieces), ordinary };
  } finally {
    closeSync(fd);
  }
}

const content = Buffer.alloc(300_123);
for (let i = 0; i < content.length; i += 3) content[i] = (i * 31) >>> 5;

describe('reading past the page cache', () => {
  it.each([4096, 8192, 65_536])('gives what the file holds, in steps of %i', (step) => {
    const path = join(folder, 'aligned');
    writeFileSync(path, content);
    const { bytes, ordinary } = readAll(path, step);
    expect(bytes.equals(content)).toBe(true);
    // Only the look behind the end goes the ordinary way, where the file system can do it at all.
    expect([1, Math.ceil(content.length / step) + 1]).toContain(ordinary);
  });

  it.each([1000, 4095, 5000])('gives what the file holds, in steps of %i', (step) => {
    const path = join(folder, 'odd');
    writeFileSync(path, content);
    expect(readAll(path, step).bytes.equals(content)).toBe(true);
  });

  it('gives what the file holds in memory that starts between two pages', () => {
    const path = join(folder, 'between');
    writeFileSync(path, content);
    expect(readAll(path, 8192, MEMORY.subarray(16)).bytes.equals(content)).toBe(true);
  });

  it('ends where a file ends that was cut short meanwhile', () => {
    const path = join(folder, 'cut');
    writeFileSync(path, content);
    const { bytes } = readAll(path, 65_536, MEMORY, (at) => {
      if (at >= 131_072) truncateSync(path, 150_000);
    });
    expect(bytes.equals(content.subarray(0, 150_000))).toBe(true);
  });

  it('does not read what a file has grown by', () => {
    const path = join(folder, 'grown');
    writeFileSync(path, Buffer.concat([content, Buffer.alloc(100_000, 7)]));
    expect(readAll(path, 65_536).bytes.equals(content)).toBe(true);
  });

  it('is for files that fill half of the memory', () => {
    expect(isTooLargeForCache(totalmem() / 2 - 1)).toBe(false);
    expect(isTooLargeForCache(totalmem())).toBe(process.platform === 'linux');
  });
});
