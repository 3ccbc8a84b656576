/** The small pieces that a restore is made of. */
import {
  closeSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadOwnerNumbers } from '../../../src/files/restore/metadata/owners.ts';
import { loadNativeCalls } from '../../../src/files/restore/metadata/native-calls.ts';
import { createTimeSetter } from '../../../src/files/restore/metadata/set-times.ts';
import { NameSet } from '../../../src/files/restore/name-set.ts';
import { isPartName, partName } from '../../../src/files/restore/part-name.ts';
import { namesIn, removeTree } from '../../../src/files/restore/remove-tree.ts';
import { unsafeName, unsafePath } from '../../../src/files/restore/safe-name.ts';
import { writeFully, writeSparsely } from '../../../src/files/restore/write-bytes.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { random, tree } from '../../support/tree.ts';

const folder = temporaryFolder();

describe('names', () => {
  test('that could leave a folder are unsafe on every system', () => {
    for (const name of ['', '.', '..', 'a/b', '/', 'a\0b', 'x'.repeat(256)])
      for (const style of ['posix', 'windows'] as const)
        expect(unsafeName(Buffer.from(name), style)).toBeDefined();
  });

  test('that mean something else to Windows are unsafe there only', () => {
    const names = [
      'a:stream',
      'C:',
      'a\\b',
      'CON',
      'nul.txt',
      'com1',
      'dot.',
      'blank ',
      'a?',
      'a\n',
    ];
    for (const name of names) {
      expect(unsafeName(Buffer.from(name), 'windows')).toBeDefined();
      expect(unsafeName(Buffer.from(name), 'posix')).toBeUndefined();
    }
  });

  test('that merely look odd are fine', () => {
    for (const name of ['...', '..a', ' ', '-rf', '~', 'a\nb', 'x'.repeat(255), 'console'])
      expect(unsafeName(Buffer.from(name), 'posix')).toBeUndefined();
    expect(unsafeName(Buffer.from([0xff, 0xfe]), 'posix')).toBeUndefined();
  });

  test('are looked at wherever they stand in a path', () => {
    expect(unsafePath(Buffer.alloc(0))).toBeUndefined();
    expect(unsafePath(Buffer.from('a\0b\0c'))).toBeUndefined();
    for (const path of ['..\0b', 'a\0..\0b', 'a\0..', '\0a', 'a\0', 'a\0\0b', '\0'])
      expect(unsafePath(Buffer.from(path))).toBeDefined();
  });

  test('of part files are short, and the same for the same name', () => {
    const name = Buffer.alloc(255, 0x78);
    expect(partName(name)).toEqual(partName(name));
    expect(partName(name)).not.toEqual(partName(Buffer.from('y')));
    expect(isPartName(partName(name))).toBe(true);
    expect(isPartName(Buffer.from('.cybs3-0123456789abcdef012.part'))).toBe(false);
  });

  test('in a set are found again, and others are not', () => {
    const set = new NameSet();
    for (let i = 0; i < 1000; i++) set.add(Buffer.from(`name ${i}`));
    for (let i = 0; i < 1000; i++) expect(set.has(Buffer.from(`name ${i}`))).toBe(true);
    expect(set.has(Buffer.from('name 1000'))).toBe(false);
    set.add(Buffer.from('name 1000'));
    expect(set.has(Buffer.from('name 1000'))).toBe(true);
  });
});

describe('sparse writing', () => {
  const file = join(folder, 'sparse');

  test('gives the same content as plain writing, wherever the zeros are', () => {
    const run = fc.record({ zeros: fc.boolean(), length: fc.integer({ min: 1, max: 200_000 }) });
    const input = [fc.array(run, { maxLength: 6 }), fc.integer({ min: 0, max: 10_000 })] as const;
    fc.assert(
      fc.property(...input, (runs, position) => {
        const parts = runs.map(({ zeros, length }, i) =>
          zeros ? Buffer.alloc(length) : Buffer.from(random(length, i)),
        );
        const content = Buffer.concat(parts);
        const fd = openSync(file, 'w+');
        writeSparsely(fd, content, position);
        writeFully(fd, Buffer.from('end'), position + content.length);
        closeSync(fd);
        const whole = Buffer.concat([Buffer.alloc(position), content, Buffer.from('end')]);
        expect(readFileSync(file).equals(whole)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('allocates nothing for zeros', () => {
    const fd = openSync(file, 'w+');
    writeSparsely(fd, Buffer.concat([Buffer.alloc(8_000_000), Buffer.from('x')]), 0);
    expect(fstatSync(fd).size).toBe(8_000_001);
    expect(fstatSync(fd).blocks).toBeLessThanOrEqual(8);
    closeSync(fd);
  });
});

describe('modification times', () => {
  const times: readonly [number, number][] = [
    [1_763_755_827, 123_456_789],
    [1_763_755_827, 999_999_999],
    [1_763_755_827, 1],
    [0, 0],
    [0, 5],
    [-1, 999_999_999],
    [-100_000, 250_000_001],
    [-5, 0],
    [4_102_444_800, 7],
  ];
  test.each([
    ['by the native calls', loadNativeCalls()],
    ['by the command', undefined],
  ])('are exact %s', (_, native) => {
    const setter = createTimeSetter(native);
    const file = join(folder, 'times');
    const link = join(folder, `link ${String(native !== undefined)}`);
    writeFileSync(file, '');
    symlinkSync('nowhere', link);
    const fd = openSync(file, 'r+');
    for (const [seconds, nanoseconds] of times) {
      const wanted = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
      expect(setter.set(fd, seconds, nanoseconds)).toBe(true);
      expect(fstatSync(fd, { bigint: true }).mtimeNs).toBe(wanted);
      expect(setter.setPath(Buffer.from(link), seconds, nanoseconds)).toBe(true);
      expect(lstatSync(link, { bigint: true }).mtimeNs).toBe(wanted);
    }
    closeSync(fd);
  });
});

describe('owners', () => {
  test('go by name first, then by number', () => {
    const passwd = join(folder, 'passwd');
    const group = join(folder, 'group');
    writeFileSync(passwd, 'ann:x:501:20::/:\nbob:x:502:20::/:\nann:x:999:1::/:\nbad line\n');
    writeFileSync(group, 'staff:x:20:ann\n');
    const owners = loadOwnerNumbers({ passwd, group });
    expect(owners.uid({ user: 'ann', uid: 7 })).toBe(501);
    expect(owners.uid({ user: 'nobody here', uid: 7 })).toBe(7);
    expect(owners.uid({ user: '', uid: 8 })).toBe(8);
    expect(owners.gid({ group: 'staff', gid: 9 })).toBe(20);
    const numeric = loadOwnerNumbers({ passwd, group, numeric: true });
    expect(numeric.uid({ user: 'ann', uid: 7 })).toBe(7);
    expect(numeric.gid({ group: 'staff', gid: 9 })).toBe(9);
  });
});

describe('removing', () => {
  test('takes folders with all that is in them, and links without what they lead to', () => {
    const top = join(folder, 'remove');
    tree(top, { a: { b: { c: 'c' }, d: {} }, keep: { f: 'f' } });
    symlinkSync(join(top, 'keep'), join(top, 'a', 'link'));
    const parent = { path: (name: Uint8Array) => Buffer.from(join(top, String(name))) };
    expect(removeTree(parent, Buffer.from('a'))).toBe(5);
    expect(removeTree(parent, Buffer.from('not there'))).toBe(0);
    expect(readdirSync(top)).toEqual(['keep']);
    expect(readdirSync(join(top, 'keep'))).toEqual(['f']);
  });

  test('lists names as bytes', () => {
    const top = join(folder, 'names');
    mkdirSync(top);
    const odd = Buffer.from([0x61, 0xff]);
    writeFileSync(Buffer.concat([Buffer.from(`${top}/`), odd]), '');
    expect([...namesIn(Buffer.from(top))]).toEqual([odd]);
  });
});
