/**
 * Patterns answer soon, whatever name they are asked about, and say what a matcher without regular expressions says.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePattern } from '../../src/files/select/pattern.ts';

const SOON_MS = 1000;

function matches(pattern: string, path: string): boolean {
  const compiled = compilePattern(pattern);
  const name = path.slice(path.lastIndexOf('/') + 1);
  return compiled?.matcher.test(compiled.subject === 'name' ? name : path) ?? false;
}

/** Whether a name fits a glob of letters, `?` and `*`. */
function nameFits(glob: string, name: string): boolean {
  const [first, rest] = [glob[0], glob.slice(1)];
  if (first === undefined) return name === '';
  if (first === '*') return nameFits(rest, name) || (name !== '' && nameFits(glob, name.slice(1)));
  return name !== '' && (first === '?' || first === name[0]) && nameFits(rest, name.slice(1));
}

function pathFits(globs: readonly string[], names: readonly string[]): boolean {
  const [first, ...rest] = globs;
  if (first === undefined) return names.length === 0;
  const [name, ...others] = names;
  if (first === '**') {
    if (rest.length === 0) return names.length > 0;
    return pathFits(rest, names) || (names.length > 0 && pathFits(globs, others));
  }
  return name !== undefined && nameFits(first, name) && pathFits(rest, others);
}

/** What a pattern means, said without regular expressions. */
function fits(pattern: string, path: string): boolean {
  const names = path.slice(1).split('/');
  const globs = pattern.split('/').filter((glob) => glob !== '');
  if (pattern.startsWith('/')) return pathFits(globs, names);
  return names.some((_, n) => pathFits(globs, names.slice(n)));
}

const letter = fc.constantFrom('a', 'b', 'c');
const word = (of: fc.Arbitrary<string>) =>
  fc.array(of, { minLength: 1, maxLength: 4 }).map((letters) => letters.join(''));
const glob = fc.oneof(
  { weight: 3, arbitrary: word(fc.oneof(letter, fc.constantFrom('*', '*', '?'))) },
  { weight: 1, arbitrary: fc.constant('**') },
);
const pattern = fc
  .tuple(fc.constantFrom('', '/'), fc.array(glob, { minLength: 1, maxLength: 5 }))
  .map(([start, globs]) => start + globs.join('/'));
const path = fc
  .array(word(letter), { minLength: 1, maxLength: 6 })
  .map((names) => `/${names.join('/')}`);

describe('a pattern', () => {
  test('means what it says', () => {
    const property = fc.property(pattern, path, (one, other) => {
      expect(matches(one, other), `${one} ${other}`).toBe(fits(one, other));
    });
    fc.assert(property, { numRuns: 3000 });
  });

  test.each([
    ['stars in a name', `${'*a'.repeat(4)}b`, `/${'a'.repeat(250)}`],
    ['stars in a path', `/x/${'*a'.repeat(4)}b`, `/x/${'a'.repeat(250)}`],
    ['any folders', `${'**/a/'.repeat(3)}b`, '/a'.repeat(200)],
    ['any folders from the root', `/${'**/a/'.repeat(4)}b`, '/a'.repeat(200)],
    ['both', `${'**/*a*/'.repeat(3)}b`, '/aaaa'.repeat(100)],
  ])('with many %s answers soon', (_what, one, other) => {
    const before = performance.now();
    expect(matches(one, other)).toBe(false);
    expect(performance.now() - before).toBeLessThan(SOON_MS);
  });
});
