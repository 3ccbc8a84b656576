/** Holes are not read, and what is not a hole is read in full. */
import { closeSync, openSync, readSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadHoleFinder, skipHoles } from '../../src/files/read/hole-finder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sparse, tree } from '../support/tree.ts';

const findData = loadHoleFinder();
const MiB = 1024 * 1024;
const SIZE = 64 * MiB;

describe.skipIf(!findData)('a sparse file', () => {
  const folder = temporaryFolder();
  let fd = -1;
  beforeAll(() => {
    const data = { 0: 'start', [20 * MiB + 5]: 'middle', [SIZE - 3]: 'end' };
    fd = openSync(`${tree(folder, { file: sparse(SIZE, data) })}/file`, 'r');
  });
  afterAll(() => closeSync(fd));

  it('reads as it is, while only its data is asked of the file', () => {
    let asked = 0;
    const whole = Buffer.alloc(SIZE, 1);
    const plain = Buffer.alloc(SIZE);
    readSync(fd, plain, 0, SIZE, 0);
    const read = skipHoles(fd, SIZE, findData ?? (() => 0), (target, position) => {
      asked += target.length;
      return readSync(fd, target, 0, target.length, position);
    });
    for (let at = 0; at < SIZE;) {
      const length = read(whole.subarray(at, Math.min(at + 65_536, SIZE)), at);
      expect(length).toBeGreaterThan(0);
      at += length;
    }
    expect(whole.equals(plain)).toBe(true);
    expect(asked).toBeLessThan(MiB);
    expect(read(Buffer.alloc(10), SIZE)).toBe(0);
  });

  it('is all hole behind its last data', () => {
    expect(findData?.(fd, SIZE)).toBe(Infinity);
    expect(findData?.(fd, 20 * MiB)).toBeLessThanOrEqual(20 * MiB + 5);
  });
});
