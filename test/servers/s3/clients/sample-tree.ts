/**
 * Files that clients and servers get wrong: names that need encoding, nothing in them, several parts.
 * @module
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { random, tree } from '../../../support/tree.ts';

/** More than AWS's tools send in one request. */
export const BIG_BYTES = 9 * 1024 * 1024 + 1;

/** @returns `folder`, which is made */
export function sampleTree(folder: string): string {
  return tree(folder, {
    big: random(BIG_BYTES, 5),
    empty: '',
    'odd names': {
      'a+b c&d=e?f#g%20~!$()*@:;,.txt': 'ascii',
      'ünïcødé ключ 日本 🗝.txt': 'more than ascii',
      'quote\'double"<tag>&amp;': 'for XML',
      'back\\slash': 'for another system',
    },
    ' space ': { '.. dots ..': 'no way up', '-dash': 'no option' },
    sub: Object.fromEntries(Array.from({ length: 5 }, (_, at) => [`${at}.txt`, `file ${at}`])),
  });
}

/** SHA-256 of each file by its path in `folder`. */
export function digestsOf(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const paths = files.map((file) => join(file.parentPath, file.name)).toSorted();
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length), digestOf(path)]));
}

/** SHA-256 of one file. */
export function digestOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
