/**
 * Architecture and style as a test: the walls between rooms, what is banned, and how big things
 * get. Every failure names the file and the offending edge or line.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { blanked, importsOf } from './tidy/source-text.ts';
import { EXCEPTIONS, ROOMS, foreignWall, roomOf, wallBetween } from './tidy/walls.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const FILE_LINES_MAX = 400;
const LINE_CHARACTERS_MAX = 100;
const PROSE_LINE_CHARACTERS_MAX = 120;
const FILES_IN_FOLDER_MAX = 12;

/** What lies at the top of the repository, and nothing else does. */
const TOP_LEVEL = [
  '.ci',
  '.github',
  '.gitignore',
  '.nvmrc',
  '.oxlintrc.json',
  '.prettierignore',
  '.prettierrc.json',
  'LICENSE',
  'README.md',
  'bench',
  'bin',
  'completions',
  'docs',
  'package-lock.json',
  'package.json',
  'src',
  'test',
  'tsconfig.json',
];

/** Made by tools and ignored by git. */
const NOT_OURS = ['.git', '.vitest', 'coverage', 'dist', 'node_modules'];

interface SourceFile {
  /** Relative to the repository, with slashes. */
  readonly path: string;
  readonly text: string;
}

const sources = ['src', 'test', 'bench'].flatMap((folder) => readSources(folder));
const programFiles = sources.filter(({ path }) => path.startsWith('src/'));

function readSources(folder: string): SourceFile[] {
  const entries = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return entries
    .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** `file:line: text` of every line of `code` that matches. */
function linesThatMatch(file: SourceFile, code: string, pattern: RegExp): string[] {
  const lines = file.text.split('\n');
  return code.split('\n').flatMap((line, i) => {
    return pattern.test(line) ? [`${file.path}:${i + 1}: ${lines[i]?.trim()}`] : [];
  });
}

describe('the walls of the house', () => {
  test('every source file is in a room that has rules', () => {
    const homeless = programFiles.filter(
      ({ path }) => roomOf(path.slice('src/'.length)) === undefined,
    );
    expect(homeless.map(({ path }) => path)).toEqual([]);
  });

  test('imports go down the stairs, never up or through a wall', () => {
    const broken = programFiles.flatMap(({ path, text }) => {
      const file = path.slice('src/'.length);
      return importsOf(text).flatMap(({ specifier, line }) => {
        const why = specifier.startsWith('.')
          ? wallBetween(file, targetOf(file, specifier))
          : foreignWall(file, specifier);
        const edge = `${file} -> ${specifier}`;
        return why === undefined || edge in EXCEPTIONS ? [] : [`${path}:${line}: ${edge}: ${why}`];
      });
    });
    expect(broken).toEqual([]);
  });

  test('nothing that --help loads pulls in the SDK, prompts, the progress bar or settings', () => {
    const heavy = /^(@aws-sdk|@smithy|@inquirer|cli-progress|conf$|execa|@scure)/;
    const seen = new Map<string, string>([['src/cli/main.ts', 'src/cli/main.ts']]);
    const found: string[] = [];
    for (const [path, way] of seen) {
      for (const { specifier, line } of staticImportsOf(path)) {
        if (heavy.test(specifier)) found.push(`${path}:${line}: ${way} -> ${specifier}`);
        if (!specifier.startsWith('.')) continue;
        const target = posix.join(posix.dirname(path), specifier);
        if (!seen.has(target)) seen.set(target, `${way} -> ${target}`);
      }
    }
    expect(found).toEqual([]);
  });

  test('sees an edge that goes up, and a package in the wrong room', () => {
    expect(wallBetween('store/memory.ts', 'crypto/secret')).toBe(
      'store may not import crypto/secret',
    );
    expect(wallBetween('keys/slot.ts', 'store/memory')).toMatch(/may not/);
    expect(wallBetween('vault/open.ts', 'store/port')).toBeUndefined();
    expect(foreignWall('store/memory.ts', '@aws-sdk/client-s3')).toMatch(/may not/);
    expect(foreignWall('crypto/derive.ts', 'node:fs')).toMatch(/no IO/);
    const text = "import { a } from '../x.ts';\nconst b = await import('./y.ts');\n// import 'z'\n";
    expect(importsOf(text).map(({ specifier }) => specifier)).toEqual(['../x.ts', './y.ts']);
  });
});

/** Relative to `src/`, without its ending. */
function targetOf(file: string, specifier: string): string {
  return posix.join(posix.dirname(file), specifier).replace(/\.(ts|js)$/, '');
}

function staticImportsOf(path: string) {
  const text = readFileSync(join(root, path), 'utf8');
  // For its help the program loads every command.
  const isTree = path === 'src/cli/program.ts';
  const withoutDynamic = isTree ? text : text.replace(/\bimport\(/g, 'lazily(');
  return importsOf(withoutDynamic).filter(({ typeOnly }) => !typeOnly);
}

describe('what is banned', () => {
  const everywhere: readonly (readonly [what: string, pattern: RegExp])[] = [
    ['export *', /\bexport\s*\*/],
    ['enum', /(^|\s)(const\s+)?enum\s+\w+\s*\{/],
    ['namespace', /(^|\s)namespace\s+\w+\s*\{/],
    ['any', /(:\s*|<|\bas\s+|\|\s*|,\s*)any\b(\[\])?\s*[;,)>=|{\]]/],
    ['debugger', /\bdebugger\b/],
  ];
  test.each(everywhere)('%s is nowhere', (_, pattern) => {
    const found = sources.flatMap((file) =>
      linesThatMatch(file, blanked(file.text, true), pattern),
    );
    expect(found).toEqual([]);
  });

  test('default exports are nowhere but in a tool’s config', () => {
    const ours = sources.filter(({ path }) => path !== 'test/vitest.config.ts');
    const found = ours.flatMap((file) =>
      linesThatMatch(file, blanked(file.text, true), /\bexport\s+default\b/),
    );
    expect(found).toEqual([]);
  });

  test('nothing below cli touches the process, the console, the clock or chance', () => {
    const pattern = /\bprocess\.|\bconsole\.|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b/;
    const below = programFiles.filter(({ path }) => !path.startsWith('src/cli/'));
    const found = below.flatMap((file) => linesThatMatch(file, blanked(file.text, true), pattern));
    expect(found).toEqual([]);
  });

  test('nothing is left to do in a comment', () => {
    const words = new RegExp(['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].join('|'));
    expect(sources.flatMap((file) => linesThatMatch(file, file.text, words))).toEqual([]);
  });

  test('no room is a drawer for everything', () => {
    const drawer = /(^|[/-])(utils?|helpers?|common|manager|service|handler|misc)(\.|\/|-)/;
    const found = programFiles.map(({ path }) => path).filter((path) => drawer.test(path));
    expect(found).toEqual([]);
  });
});

describe('how big things get', () => {
  test(`a file has at most ${FILE_LINES_MAX} lines`, () => {
    const found = sources
      .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
      .filter(({ lines }) => lines > FILE_LINES_MAX);
    expect(found).toEqual([]);
  });

  test(`a line has at most ${LINE_CHARACTERS_MAX} characters`, () => {
    // Prose in comments may run over a little: the formatter does not wrap it.
    const tooLong = (line: string, most: number): boolean => line.trimEnd().length > most;
    const found = sources.flatMap(({ path, text }) => {
      const code = blanked(text, false).split('\n');
      return text.split('\n').flatMap((line, i) => {
        const isLong =
          tooLong(line, PROSE_LINE_CHARACTERS_MAX) || tooLong(code[i] ?? '', LINE_CHARACTERS_MAX);
        return isLong ? [`${path}:${i + 1}`] : [];
      });
    });
    expect(found).toEqual([]);
  });

  test(`a folder has at most ${FILES_IN_FOLDER_MAX} files`, () => {
    const counts = new Map<string, number>();
    for (const { path } of programFiles) {
      const folder = posix.dirname(path);
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
    const found = [...counts].filter(([, count]) => count > FILES_IN_FOLDER_MAX);
    expect(found).toEqual([]);
  });

  test('the top of the repository holds what belongs there', () => {
    const isOurs = (name: string): boolean => !NOT_OURS.includes(name) && !name.endsWith('.log');
    const found = readdirSync(root).filter(isOurs);
    expect(found.filter((name) => !TOP_LEVEL.includes(name))).toEqual([]);
  });

  test('every file of the program says at its top what lives there', () => {
    const mute = programFiles.filter(({ text }) => !/^\/\*\*[\s\S]*?@module\s*\*\//.test(text));
    expect(mute.map(({ path }) => path)).toEqual([]);
  });

  test('every room has rules, and every rule a room', () => {
    const rooms = readdirSync(join(root, 'src'));
    const ruled = Object.keys(ROOMS).filter((name) => !name.includes('/'));
    expect(ruled.filter((name) => !rooms.includes(name))).toEqual([]);
  });
});
