import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { randomBytes } from '../../bench/data/content/random-bytes.ts';
import { textLines } from '../../bench/data/content/text-lines.ts';
import { deleteHalf, editShare } from '../../bench/data/edit-files.ts';
import { Journal } from '../../bench/data/journal.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const MiB = 1 << 20;

function filled(fill: (target: Buffer) => void, bytes: number): Buffer {
  const target = Buffer.alloc(bytes);
  fill(target);
  return target;
}

describe('generated content', () => {
  test('is the same for the same seed, and another for another', () => {
    const text = (seed: number) => filled(textLines(seed), 100_000);
    expect(text(1).equals(text(1))).toBe(true);
    expect(text(1).equals(text(2))).toBe(false);
    const bytes = (seed: string) => filled(randomBytes(seed), 100_000);
    expect(bytes('a').equals(bytes('a'))).toBe(true);
    expect(bytes('a').equals(bytes('b'))).toBe(false);
  });

  test('does not depend on the pieces it is asked for in', () => {
    for (const make of [() => textLines(5), () => randomBytes('5')]) {
      const inPieces = make();
      const pieces = [7, 1000, 4096, 1].map((length) => filled(inPieces, length));
      expect(Buffer.concat(pieces).equals(filled(make(), 5104))).toBe(true);
    }
  });

  test('text compresses three to six times, also in the long run; random bytes do not', () => {
    const text = filled(textLines(3), 4 * MiB);
    const ratio = text.length / zlib.zstdCompressSync(text).length;
    expect(ratio).toBeGreaterThan(2.5);
    expect(ratio).toBeLessThan(6);
    const bytes = filled(randomBytes('x'), MiB);
    expect(zlib.zstdCompressSync(bytes).length).toBeGreaterThanOrEqual(bytes.length);
  });

  test('text never repeats a line', () => {
    const lines = filled(textLines(3), 4 * MiB)
      .toString('latin1')
      .split('\n');
    expect(new Set(lines).size).toBe(lines.length);
  });
});

describe('edits', () => {
  test('are taken back to the byte, also by a bench that comes after a kill', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'file');
    const file = join(folder, 'journal');
    writeFileSync(path, 'abcdefghij');
    const journal = new Journal(file);
    journal.overwrite(path, 2, Buffer.from('XY'));
    journal.append(path, Buffer.from('more'));
    journal.overwrite(path, 3, Buffer.from('ZZ'));
    journal.settle();
    expect(readFileSync(path, 'latin1')).toBe('abXZZfghijmore');
    new Journal(file);
    expect(readFileSync(path, 'latin1')).toBe('abcdefghij');
  });

  test('that delete every second file bring them back, also after a kill half way', () => {
    const folder = join(temporaryFolder(), 'tree');
    mkdirSync(join(folder, 'deep'), { recursive: true });
    const names = ['a', 'b', 'deep/c', 'deep/d', 'e'];
    for (const name of names) writeFileSync(join(folder, name), `content of ${name}`);
    const file = `${folder}.journal`;
    const journal = new Journal(file);
    deleteHalf.apply(folder, journal);
    const left = () => names.filter((name) => existsSync(join(folder, name)));
    expect(left()).toEqual(['b', 'deep/d']);
    // As if the kill had come while they were brought back.
    renameSync(join(`${file}.aside`, '0'), join(folder, 'a'));
    new Journal(file);
    expect(left()).toEqual(names);
    for (const name of names) {
      expect(readFileSync(join(folder, name), 'latin1')).toBe(`content of ${name}`);
    }
    expect(existsSync(`${file}.aside`)).toBe(false);
  });

  test('hit the same share of files each time', () => {
    const folder = join(temporaryFolder(), 'tree');
    mkdirSync(folder);
    const names = Array.from({ length: 200 }, (_, i) => `file-${i}`);
    for (const name of names) writeFileSync(join(folder, name), '.'.repeat(100));
    const changed = () =>
      names.filter((name) => readFileSync(join(folder, name), 'latin1') !== '.'.repeat(100));
    const journal = new Journal(`${folder}.journal`);
    const edit = editShare(0.1);
    edit.apply(folder, journal);
    const first = changed();
    journal.undo();
    expect(changed()).toEqual([]);
    edit.apply(folder, journal);
    expect(changed()).toEqual(first);
    expect(first.length).toBeGreaterThan(5);
    expect(first.length).toBeLessThan(40);
  });
});
