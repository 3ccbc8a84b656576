import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/base/failure.ts';
import {
  baseName,
  comparePaths,
  componentsOf,
  displayPath,
  fromPathKey,
  isInside,
  joinPath,
  parentOf,
  ROOT_KEY,
  toPathKey,
} from '../../src/files/path.ts';

const key = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Names as a file system allows them: no zero, no slash, not `.` or `..`. */
const name = fc
  .uint8Array({ minLength: 1, maxLength: 8 })
  .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x61 : byte))))
  .filter((bytes) => !['.', '..'].includes(bytes.toString('latin1')));
const names = fc.array(name, { minLength: 1, maxLength: 5 });
const joined = (parts: readonly Uint8Array[]): Buffer =>
  Buffer.concat(parts.flatMap((part) => [Buffer.from('/'), part]));

describe('a path key', () => {
  test.each([
    ['/', ''],
    ['/a', 'a'],
    ['/a/b', 'a\0b'],
    ['//a///b//', 'a\0b'],
    ['/a/./b/.', 'a\0b'],
    ['/a/x/../b', 'a\0b'],
    ['/../../a', 'a'],
    ['/a/...', 'a\0...'],
    ['/caf\xe9/\xff', 'caf\xe9\0\xff'],
  ])('of %j is its components with zero bytes between', (path, expected) => {
    expect(toPathKey(key(path), 'posix').toString()).toBe(key(expected).toString());
  });

  test('leads back to the path it came from, whatever bytes the names hold', () => {
    fc.assert(
      fc.property(names, (parts) => {
        const path = joined(parts);
        const back = fromPathKey(toPathKey(path, 'posix'), 'posix');
        expect(back.equals(path)).toBe(true);
      }),
    );
  });

  test('sorts a folder before its contents and those before its next sibling', () => {
    fc.assert(
      fc.property(names, name, name, (folder, inside, other) => {
        const a = toPathKey(joined(folder), 'posix');
        const child = joinPath(a, inside);
        expect(comparePaths(a, child)).toBeLessThan(0);
        const sibling = Buffer.concat([a, other]);
        expect(Math.sign(comparePaths(child, sibling))).toBe(-1);
        const order = Math.sign(Buffer.compare(inside, other));
        expect(Math.sign(comparePaths(child, joinPath(a, other)))).toBe(order);
      }),
    );
  });

  test.each(['', 'a', 'a/b', './a', 'a\0b'])('is refused for %j', (path) => {
    expect(() => toPathKey(Buffer.from(path), 'posix')).toThrow(AppError);
  });

  test.each([
    ['C:\\Users\\me', 'C:\0Users\0me', 'C:\\Users\\me'],
    ['c:/Users/./me/..', 'C:\0Users', 'C:\\Users'],
    ['C:\\', 'C:', 'C:\\'],
    ['\\\\server\\share\\x', 'UNC\0server\0share\0x', '\\\\server\\share\\x'],
    ['\\\\server\\share\\..', 'UNC\0server\0share', '\\\\server\\share'],
  ])('of the Windows path %j starts with its drive or server', (path, expected, back) => {
    const made = toPathKey(Buffer.from(path), 'windows');
    expect(Buffer.from(made).toString()).toBe(expected);
    expect(fromPathKey(made, 'windows').toString()).toBe(back);
  });

  test.each(['\\Users', 'Users', '/Users'])('needs a drive on Windows: %j is refused', (path) => {
    expect(() => toPathKey(Buffer.from(path), 'windows')).toThrow(/drive/);
  });
});

describe('the parts of a key', () => {
  test('are its components, its name and its folder', () => {
    expect(componentsOf(key('a\0bc\0d')).map(String)).toEqual(['a', 'bc', 'd']);
    expect(componentsOf(ROOT_KEY)).toEqual([]);
    expect(Buffer.from(baseName(key('a\0bc'))).toString()).toBe('bc');
    expect(Buffer.from(parentOf(key('a\0bc')) ?? '').toString()).toBe('a');
    expect(parentOf(key('a'))).toHaveLength(0);
    expect(parentOf(ROOT_KEY)).toBeUndefined();
  });

  test('tell what lies inside what, by whole components', () => {
    expect(isInside(key('a\0b'), key('a'))).toBe(true);
    expect(isInside(key('a'), key('a'))).toBe(true);
    expect(isInside(key('ab'), key('a'))).toBe(false);
    expect(isInside(key('a'), key('a\0b'))).toBe(false);
    expect(isInside(key('b\0b'), key('a'))).toBe(false);
    expect(isInside(key('anything'), ROOT_KEY)).toBe(true);
  });
});

describe('a displayed path', () => {
  test('is joined by slashes, and starts with a slash or a drive', () => {
    expect(displayPath(key('home\0me'))).toBe('/home/me');
    expect(displayPath(key('C:\0Users'))).toBe('C:/Users');
    expect(displayPath(ROOT_KEY)).toBe('/');
  });

  test('cannot steer a terminal, break a line or hide its direction', () => {
    expect(displayPath(key('a\x1b[31m\nb\r\t\x7f'))).toBe('/a\\x1b[31m\\nb\\r\\t\\x7f');
    expect(displayPath(Buffer.from('\u0085\u202egpj.exe\u2028'))).toBe(
      '/\\x85\\u202egpj.exe\\u2028',
    );
  });

  test('shows bytes that are not UTF-8 as replacement characters', () => {
    expect(displayPath(key('caf\xe9'))).toBe('/caf\ufffd');
    expect(displayPath(Buffer.from('café'))).toBe('/café');
  });
});
