import { execFileSync } from 'node:child_process';
import { chmodSync, lutimesSync, utimesSync } from 'node:fs';
import { userInfo } from 'node:os';
import { expect, test } from 'vitest';
import { compareTrees } from '../support/compare-trees.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import {
  fifo,
  hardlink,
  random,
  rawName,
  sparse,
  symlink,
  tree,
  type Tree,
} from '../support/tree.ts';

const base = temporaryFolder();
let count = 0;

const content: Tree = {
  a: random(3_000_000, 1),
  again: hardlink('a'),
  d: { e: {}, [rawName('\xff')]: 'odd' },
  holes: sparse(5_000_000, { 1_000_000: 'x' }),
  l: symlink('a'),
  p: fifo,
};

/** Two copies of the tree with equal times, the second one changed by a shell script. */
function differencesAfter(script: string): string[] {
  const a = tree(`${base}/${count++}`, content);
  const b = `${base}/${count++}`;
  execFileSync('cp', ['-a', a, b]);
  execFileSync('bash', ['-ec', `${script}`], { cwd: b });
  return compareTrees(a, b);
}

test('a copy has no differences', () => {
  expect(differencesAfter('true')).toEqual([]);
});

test.each([
  ['printf x | dd of=a bs=1 seek=2900000 conv=notrunc; touch -r ../0/a a', /a: content differs/],
  ['truncate -s 100 holes', /holes: size 5000000 became 100/],
  ['rm p', /p: is only in the first tree/],
  ['mkdir d/new', /d\/new: is only in the second tree/],
  ['rm p; touch p', /p: is of another type/],
  ['chmod 4711 a', /a: mode 100\d+ became 104711/],
  ['touch -h -d "2020-01-01 00:00:00.000000001" l', /l: mtime \d+ became \d+001/],
  ['ln -sfn b l', /l: target a became b/],
  ['cp -p --remove-destination a again', /again: one file with a became again/],
  ['cp -p --sparse=never holes h; mv h holes', /holes: allocation \d+ became 5\d+/],
  ["mv d/$'\\xff' d/$'\\xfe'", /only in the first/],
])('sees what %j did', (script, expected) => {
  expect(differencesAfter(script).join('\n')).toMatch(expected);
});

test.runIf(userInfo().uid === 0)('sees another owner and other attributes', () => {
  expect(differencesAfter('chown 1:2 a').join()).toMatch(/owner 0:0 became 1:2/);
  expect(differencesAfter('setfattr -n user.x -v 1 d').join()).toMatch(
    /d: attributes  became user.x/,
  );
});

test('the folders themselves count only when asked for', () => {
  const [a, b] = [tree(`${base}/${count++}`, {}), tree(`${base}/${count++}`, {})];
  utimesSync(a, 1, 1);
  lutimesSync(b, 2, 2);
  chmodSync(a, 0o755);
  chmodSync(b, 0o755);
  expect(compareTrees(a, b)).toEqual([]);
  expect(compareTrees(a, b, { root: true })).toHaveLength(1);
});
