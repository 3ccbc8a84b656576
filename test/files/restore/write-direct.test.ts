import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pageAlignedMemory } from '../../../src/base/page-memory.ts';
import { Stretch } from '../../../src/files/restore/stretch.ts';
import { DirectFile } from '../../../src/files/restore/write-direct.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { random } from '../../support/test-vault.ts';

const MiB = 1024 * 1024;
const folder = temporaryFolder();
let files = 0;

/** What a file holds after `write`. */
function written(write: (file: DirectFile) => void): Buffer {
  const path = join(folder, `file-${files++}`);
  const fd = openSync(path, 'wx+');
  const file = new DirectFile(fd);
  try {
    write(file);
  } finally {
    file.close();
    closeSync(fd);
  }
  return readFileSync(path);
}

test('a file is whole however its pieces lie on its pages', () => {
  const content = random(12 * MiB + 4321);
  const lengths = [700_001, 5 * MiB, 4096, 1, 2 * MiB + 5, 999_999];
  const stretch = new Stretch();
  const got = written((file) => {
    const flush = (): void => {
      file.write(stretch.bytes, stretch.position);
      stretch.clear();
    };
    for (let at = 0, i = 0; at < content.length; i++) {
      const piece = content.subarray(at, at + (lengths[i % lengths.length] ?? 1));
      if (!stretch.add(piece, at)) {
        flush();
        expect(stretch.add(piece, at)).toBe(true);
      }
      at += piece.length;
    }
    flush();
  });
  expect(got.equals(content)).toBe(true);
});

test('memory that lies otherwise than the file goes the ordinary way', () => {
  const memory = new Uint8Array(pageAlignedMemory(3 * MiB));
  memory.set(random(3 * MiB));
  for (const [from, position] of [
    [0, 0],
    [1, 0],
    [0, 1],
    [100, 100],
    [4095, 8191],
  ] as const) {
    const bytes = memory.subarray(from, from + 2 * MiB + 8209);
    const got = written((file) => file.write(bytes, position));
    expect(got.subarray(position).equals(bytes)).toBe(true);
  }
});

test('a stretch takes only what goes on where it ends, and as much as it has room for', () => {
  const stretch = new Stretch();
  expect(stretch.add(random(10), 5000)).toBe(true);
  expect(stretch.add(random(10), 5011)).toBe(false);
  expect(stretch.add(random(10), 5010)).toBe(true);
  expect(stretch.bytes).toHaveLength(20);
  expect(stretch.add(new Uint8Array(8 * MiB), 5020)).toBe(false);
  stretch.clear();
  expect(stretch.add(new Uint8Array(8 * MiB), 5020)).toBe(true);
  expect(stretch.position).toBe(5020);
});
