/**
 * Ignore files: gitignore rules that hold for the folder they stand in and everything below.
 *
 * Rules of several folders work together as git combines them: the last matching rule decides,
 * deeper files come after shallower ones, and nothing inside an ignored folder can be taken back.
 * For this each file's patterns are rewritten to start at the root folder, and one matcher holds
 * all that apply. Files above the roots of a backup, and git's own global excludes, are not read.
 * @module
 */
import ignore from 'ignore';
import { closeSync, readSync } from 'node:fs';
import { componentsOf, nativePathStyle } from '../path.ts';
import { asBuffer } from '../../base/bytes.ts';
import { AppError } from '../../base/failure.ts';
import type { PathKey } from '../../format/entry.ts';
import { openEntryFile } from '../read/open-entry-file.ts';

/** No sane ignore file comes near; a larger one is refused rather than read in part. */
export const IGNORE_FILE_BYTES_MAX = 4 * 1024 * 1024;

/**
 * The package remembers every path it ever saw; after so many we start over with the same rules.
 */
const REMEMBERED_PATHS_MAX = 10_000;

const IGNORE_CASE = nativePathStyle === 'windows';
const SLASH = 0x2f;
const BYTE_ORDER_MARK = '\ufeff';

/** The rules that apply in one folder: its own and those inherited. Immutable to its users. */
export class IgnoreRules {
  #matcher: ignore.Ignore;
  #remembered = 0;

  private constructor(matcher: ignore.Ignore) {
    this.#matcher = matcher;
  }

  /** `inherited`, followed by the patterns of an ignore file in `folder`. */
  static extend(inherited: IgnoreRules | undefined, folder: PathKey, text: string): IgnoreRules {
    const matcher = ignore({ ignoreCase: IGNORE_CASE });
    if (inherited) matcher.add(inherited.#matcher);
    const prefix = componentsOf(folder).map((name) => `/${quoteGlob(asBuffer(name).toString())}`);
    return new IgnoreRules(matcher.add(rebasePatterns(text, prefix.join(''))));
  }

  /** True where the path is ignored. Its parents must have been asked about before. */
  ignores(path: PathKey, isDirectory: boolean): boolean {
    if (++this.#remembered > REMEMBERED_PATHS_MAX) {
      this.#matcher = ignore({ ignoreCase: IGNORE_CASE }).add(this.#matcher);
      this.#remembered = 0;
    }
    const text = relativePath(path);
    return this.#matcher.ignores(isDirectory ? `${text}/` : text);
  }
}

/**
 * Reads an ignore file. A symbolic link does not count, as with git.
 * @throws AppError `files/read` as `openEntryFile`, and where it is too large
 */
export function readIgnoreFile(osPath: Buffer): string {
  const fd = openEntryFile(osPath);
  try {
    let bytes = Buffer.alloc(16 * 1024);
    let length = 0;
    for (;;) {
      const count = readSync(fd, bytes, length, bytes.length - length, null);
      if (count === 0) return bytes.toString('utf8', 0, length);
      length += count;
      if (length > IGNORE_FILE_BYTES_MAX) throw new AppError('files/read', 'it is too large');
      if (length === bytes.length) bytes = Buffer.concat([bytes, Buffer.alloc(bytes.length)]);
    }
  } finally {
    closeSync(fd);
  }
}

/**
 * The patterns of `text` so that they mean from the root what they meant in the folder `prefix`.
 */
function rebasePatterns(text: string, prefix: string): string[] {
  const patterns: string[] = [];
  const plain = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  for (const line of plain.split('\n')) {
    const pattern = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (pattern.trim() === '' || pattern.startsWith('#')) continue;
    const isNegated = pattern.startsWith('!');
    const body = isNegated ? pattern.slice(1) : pattern;
    const shape = body.replace(/ +$/, '');
    // Slashes alone match nothing in git; rewritten they would match every folder.
    if (/^\/*$/.test(shape)) continue;
    // A slash that is not the last character ties the pattern to its folder.
    const isAnchored = shape.slice(0, -1).includes('/');
    const rest = body.startsWith('/') ? body : `/${body}`;
    patterns.push(`${isNegated ? '!' : ''}${prefix}${isAnchored ? '' : '/**'}${rest}`);
  }
  return patterns;
}

function quoteGlob(name: string): string {
  return name.replace(/[\\*?[\] ]/g, '\\$&');
}

function relativePath(path: PathKey): string {
  const bytes = Buffer.from(path);
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === 0) bytes[i] = SLASH;
  return bytes.toString('utf8');
}
