import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/base/failure.ts';
import { toPathKey } from '../../src/files/path.ts';
import { parseFilesFrom } from '../../src/files/select/files-from.ts';
import { parsePatternFile } from '../../src/files/select/pattern-file.ts';
import { createSelector, type SelectOptions } from '../../src/files/select/selector.ts';

/** Asks about paths in the order given; folders end with a slash. */
function selections(options: SelectOptions, paths: readonly string[]): Record<string, string> {
  const selector = createSelector(options);
  const answers = paths.map((path): [string, string] => [
    path,
    selector.select(toPathKey(Buffer.from(path), 'posix'), path.endsWith('/')),
  ]);
  return Object.fromEntries(answers);
}

function isExcluded(pattern: string, path: string): boolean {
  return selections({ exclude: [pattern] }, [path])[path] === 'skip';
}

const roots = (...paths: string[]): Uint8Array[] =>
  paths.map((path) => toPathKey(Buffer.from(path), 'posix'));

describe('an exclude pattern', () => {
  test.each([
    ['*.o', '/a/b.o', true],
    ['*.o', '/a/.o', true],
    ['*.o', '/a/b.out', false],
    ['node_modules', '/a/node_modules/x/y', true],
    ['node_modules', '/a/my_node_modules', false],
    ['target/debug', '/a/target/debug/x', true],
    ['target/debug', '/a/target/x/debug', false],
    ['./target', '/a/target', true],
    ['/a/b', '/a/b', true],
    ['/a/b', '/x/a/b', false],
    ['/a/*', '/a/b', true],
    ['/a/*', '/a/', false],
    ['/a/**/z', '/a/z', true],
    ['/a/**/z', '/a/b/c/z', true],
    ['/a/**/z', '/z', false],
    ['**/z', '/a/b/z', true],
    ['/a/**', '/a/b/c', true],
    ['/a/**', '/a/', false],
    ['a**z', '/abcz', true],
    ['a**z', '/ab/cz', false],
    ['?', '/é', true],
    ['?', '/😀', true],
    ['?', '/ab', false],
    ['[a-c]x', '/bx', true],
    ['[!a-c]x', '/bx', false],
    ['[!a-c]x', '/dx', true],
    ['[]a]', '/]', true],
    ['[a-]', '/-', true],
    ['[\\]]', '/]', true],
    ['[.]', '/x', false],
    ['\\*', '/*', true],
    ['\\*', '/a', false],
    ['{a,b}', '/{a,b}', true],
    ['{a,b}', '/a', false],
    ['a.b', '/axb', false],
    ['a+(b)-c$^|', '/a+(b)-c$^|', true],
    ['line\nbreak*', '/line\nbreak\nand more', true],
    ['cache/', '/a/cache/', true],
    ['cache/', '/a/cache', false],
    ['Cache', '/cache', false],
    ['*', '/home', true],
  ])('%j on %j: %j', (pattern, path, expected) => {
    expect(isExcluded(pattern, path)).toBe(expected);
  });

  test('matches without regard to case where asked to', () => {
    const options = { excludeIgnoringCase: ['*.TMP', 'ÄPFEL'] };
    expect(selections(options, ['/a.tmp', '/äpfel', '/b'])).toEqual({
      '/a.tmp': 'skip',
      '/äpfel': 'skip',
      '/b': 'take',
    });
  });

  test.each(['[abc', 'a/../b', '[z-a]'])('that can not be meant is refused: %j', (pattern) => {
    expect(() => createSelector({ exclude: [pattern] })).toThrow(AppError);
  });

  test('spares the folders above the roots, unless it is an absolute path', () => {
    const floating = { exclude: ['data', 'cache'], roots: roots('/data/cache/mine') };
    expect(selections(floating, ['/data/cache/mine/', '/data/cache/mine/cache/'])).toEqual({
      '/data/cache/mine/': 'take',
      '/data/cache/mine/cache/': 'skip',
    });
    const absolute = { exclude: ['/data/cache'], roots: roots('/data/cache/mine') };
    expect(selections(absolute, ['/data/cache/mine/x'])).toEqual({ '/data/cache/mine/x': 'skip' });
  });

  test('judges the roots themselves, as a shell may have listed them', () => {
    const options = { exclude: ['guest'], roots: roots('/home/guest', '/home/me') };
    expect(selections(options, ['/home/guest/', '/home/me/'])).toEqual({
      '/home/guest/': 'skip',
      '/home/me/': 'take',
    });
  });
});

describe('a pattern with !', () => {
  test('takes back what an earlier one excluded, and the last one wins', () => {
    const exclude = ['*.log', '!important.log', 'x/important.log'];
    expect(selections({ exclude }, ['/a.log', '/important.log', '/x/important.log'])).toEqual({
      '/a.log': 'skip',
      '/important.log': 'take',
      '/x/important.log': 'skip',
    });
  });

  test('does not open an excluded folder when it could match anywhere', () => {
    const exclude = ['node_modules', '!*.md'];
    expect(selections({ exclude }, ['/p/node_modules/', '/p/node_modules/a.md'])).toMatchObject({
      '/p/node_modules/': 'skip',
    });
  });

  test('opens the way to it when it is an absolute path', () => {
    const exclude = ['/h/.cache', '!/h/.cache/a/keep'];
    const paths = ['/h/.cache/', '/h/.cache/a/', '/h/.cache/a/keep/', '/h/.cache/a/keep/x'];
    const others = ['/h/.cache/b/', '/h/.cache/f', '/h/.cache/a/other'];
    expect(selections({ exclude }, [...paths, ...others])).toEqual({
      '/h/.cache/': 'descend',
      '/h/.cache/a/': 'descend',
      '/h/.cache/a/keep/': 'take',
      '/h/.cache/a/keep/x': 'take',
      '/h/.cache/b/': 'skip',
      '/h/.cache/f': 'skip',
      '/h/.cache/a/other': 'skip',
    });
  });
});

describe('an include pattern', () => {
  test('limits to what it matches, with the folders on the way', () => {
    const include = ['/home/me/docs'];
    const paths = ['/home/', '/home/me/', '/home/me/docs/', '/home/me/docs/a/b', '/home/me/x/'];
    expect(selections({ include }, [...paths, '/etc/', '/home/f'])).toEqual({
      '/home/': 'descend',
      '/home/me/': 'descend',
      '/home/me/docs/': 'take',
      '/home/me/docs/a/b': 'take',
      '/home/me/x/': 'skip',
      '/etc/': 'skip',
      '/home/f': 'skip',
    });
  });

  test('that could match anywhere looks everywhere', () => {
    const options = { include: ['*.txt'], exclude: ['old'] };
    expect(selections(options, ['/a/', '/a/b.txt', '/a/b.bin', '/a/old/', '/x.txt/y'])).toEqual({
      '/a/': 'descend',
      '/a/b.txt': 'take',
      '/a/b.bin': 'skip',
      '/a/old/': 'skip',
      '/x.txt/y': 'take',
    });
  });

  test('with ! excludes', () => {
    expect(selections({ include: ['docs', '!*.tmp'] }, ['/docs/a', '/docs/a.tmp'])).toEqual({
      '/docs/a': 'take',
      '/docs/a.tmp': 'skip',
    });
  });
});

test('a selector answers the same in any order', () => {
  const options = { exclude: ['b', '!/a/b/c', '*.x'], include: ['/a', 'q*'] };
  const paths = [
    '/a/',
    '/a/b/',
    '/a/b/c/',
    '/a/b/c/d',
    '/a/b.x',
    '/a/bb/e',
    '/q/r',
    '/z/q1',
    '/z/',
  ];
  const forwards = selections(options, paths);
  expect(selections(options, paths.toReversed())).toEqual(forwards);
  for (const path of paths) {
    expect(selections(options, [path])).toEqual({ [path]: forwards[path] });
  }
});

test('a pattern file has comments, empty lines, byte order mark and Windows line ends', () => {
  const text = '\ufeff# comment\r\n*.o\r\n\n  spaced name  \nends\\ \n\\#hash\n!keep\n';
  expect(parsePatternFile(Buffer.from(text))).toEqual([
    '*.o',
    '  spaced name',
    'ends\\ ',
    '\\#hash',
    '!keep',
  ]);
  expect(isExcluded('ends\\ ', '/ends ')).toBe(true);
  expect(isExcluded('\\#hash', '/#hash')).toBe(true);
});

describe('a list of paths', () => {
  const parse = (text: string): string[] =>
    parseFilesFrom(Buffer.from(text, 'latin1')).map((path) => path.toString('latin1'));

  test('has one a line, taken as it stands', () => {
    expect(parse('/a\n\n/b c \n#d\n!e\r\n/caf\xe9')).toEqual([
      '/a',
      '/b c ',
      '#d',
      '!e',
      '/caf\xe9',
    ]);
  });

  test('is ended by zero bytes where it holds any, so that names may hold line ends', () => {
    expect(parse('/a\nb\0/c\r\n\0\0/d')).toEqual(['/a\nb', '/c\r\n', '/d']);
    expect(parse('')).toEqual([]);
  });
});
