import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { rawName, symlink, tree, type Tree } from '../support/tree.ts';
import { walked } from './walk-fixture.ts';

const base = temporaryFolder();
let count = 0;
const fresh = (): string => `${base}/${count++}`;
const hasGit = spawnSync('git', ['--version']).status === 0;

function ignoring(content: Tree, ignoreFiles = ['.gitignore']): readonly string[] {
  return walked(tree(fresh(), content), { ignoreFiles }).paths;
}

/** What git would add: the files neither it nor its rules leave out. */
function gitFiles(dir: string): string[] {
  const env = { PATH: process.env['PATH'], HOME: dir, GIT_CONFIG_NOSYSTEM: '1' };
  execFileSync('git', ['init', '-q', dir], { env });
  const list = ['-C', dir, 'ls-files', '-z', '--others', '--exclude-standard'];
  const files = execFileSync('git', list, { env }).toString('latin1').split('\0').filter(Boolean);
  execFileSync('rm', ['-rf', `${dir}/.git`]);
  return files.sort();
}

describe('ignore files', () => {
  const cases: readonly [string, Tree][] = [
    [
      'names, folders and wildcards',
      {
        '.gitignore': '*.o\nbuild/\n/top\ndoc/*.txt\n',
        'a.o': '',
        build: { x: '' },
        src: { build: '', 'b.o': '', top: '' },
        top: '',
        doc: { 'a.txt': '', sub: { 'b.txt': '' } },
      },
    ],
    [
      're-including',
      {
        '.gitignore': '*.log\n!keep.log\n/d/*\n!/d/e\n',
        'a.log': '',
        'keep.log': '',
        d: { e: { f: '' }, g: '' },
      },
    ],
    [
      'nothing taken back inside an ignored folder',
      { '.gitignore': 'd/\n!d/keep\n', d: { keep: '', '.gitignore': '!keep' } },
    ],
    [
      'deeper files over shallower ones',
      {
        '.gitignore': '*.o\nbuild/\n',
        a: {
          '.gitignore': '!*.o\n!build/\n/x',
          'k.o': '',
          build: { 'm.o': '', n: '' },
          x: '',
          b: { '.gitignore': '*.o\n', 'l.o': '', x: '' },
        },
        build: { y: '' },
      },
    ],
    [
      'stars across folders',
      {
        '.gitignore': '**/foo\nbar/**\na/**/b\n',
        foo: '',
        x: { foo: { y: '' } },
        bar: { z: '', w: { v: '' } },
        a: { b: '', c: { d: { b: '' }, e: '' } },
      },
    ],
    [
      'blanks, comments, escapes and line ends',
      {
        '.gitignore': '\ufeff# c\r\n\n  \n\\#h\n\\!b\nsp \ntail\\ \ncr\r\n[a-c]x\n',
        '#h': '',
        '!b': '',
        sp: '',
        'tail ': '',
        cr: '',
        ax: '',
        dx: '',
      },
    ],
    [
      'folders whose names look like patterns',
      {
        'a*[b]?': { '.gitignore': '/x\ny\n', x: '', z: { x: '', y: '' } },
        axxbz: { x: '', y: '' },
        'sp ace': { '.gitignore': 'q', q: '', r: '' },
        'b\\s': { '.gitignore': 'q', q: '', r: '' },
      },
    ],
    [
      'names that are not UTF-8',
      {
        '.gitignore': '*.o\n',
        [rawName('\xff.o')]: '',
        [rawName('d\xe9')]: { '.gitignore': 'x', x: '', y: '' },
      },
    ],
    [
      'a slash alone, stars alone',
      { '.gitignore': '/\n', a: '', d: { '.gitignore': '*\n!.gitignore\n', b: '', e: { f: '' } } },
    ],
    ['a link as ignore file', { '.gitignore': symlink('rules'), rules: 'a\n', a: '' }],
  ];

  test.runIf(hasGit).each(cases)('leave out what git leaves out: %s', (_, content) => {
    const dir = tree(fresh(), content);
    const expected = gitFiles(dir);
    const found = walked(dir, { ignoreFiles: ['.gitignore'] });
    const files = found.items.flatMap((item) =>
      item.kind === 'entry' && item.entry.type !== 1
        ? [item.osPath.subarray(dir.length + 1).toString('latin1')]
        : [],
    );
    expect(files.sort()).toEqual(expected);
  });

  test('prune ignored folders and keep themselves', () => {
    expect(ignoring({ '.gitignore': 'd\n', d: { e: '' }, f: '' })).toEqual(['.gitignore', 'f']);
  });

  test('of several names hold together, the later names winning', () => {
    const content = { '.a': '*.o\n', '.b': '!x.o\n', 'x.o': '', 'y.o': '' };
    expect(ignoring(content, ['.a', '.b'])).toEqual(['.a', '.b', 'x.o']);
    expect(ignoring(content, ['.b', '.a'])).toEqual(['.a', '.b']);
  });

  test('are not asked for unless named', () => {
    expect(ignoring({ '.gitignore': 'a', a: '' }, [])).toEqual(['.gitignore', 'a']);
  });

  test('hold for more paths than the matcher remembers', () => {
    const names = Array.from({ length: 12_000 }, (_, i) => `${i}.${i % 2 === 0 ? 'o' : 'c'}`);
    const found = ignoring({
      '.gitignore': '*.o',
      d: Object.fromEntries(names.map((n) => [n, ''])),
    });
    expect(found).toHaveLength(6002);
  });

  test('that can not be read are a warning', () => {
    const dir = tree(fresh(), { '.gitignore': {}, a: '' });
    const found = walked(dir, { ignoreFiles: ['.gitignore'] });
    expect(found.paths).toEqual(['.gitignore', 'a']);
    expect(found.problems[0]).toMatch(/^warning .*rules were not applied/);
  });
});
