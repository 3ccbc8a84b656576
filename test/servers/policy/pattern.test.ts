import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesPattern, parsePattern } from '../../../src/servers/policy/pattern.ts';

const NOBODY = { 'aws:username': '' };

function matches(pattern: string, text: string): boolean {
  const parsed = parsePattern(pattern, { hasWildcards: true, hasVariables: false });
  return matchesPattern(parsed ?? [], text, NOBODY);
}

/** What it has to come to, said in another way: slow, and right. */
function oracle(pattern: string, text: string): boolean {
  const [piece, ...rest] = Array.from(pattern);
  const [character, ...others] = Array.from(text);
  if (piece === undefined) return character === undefined;
  if (piece === '*') {
    return (
      oracle(rest.join(''), text) || (character !== undefined && oracle(pattern, others.join('')))
    );
  }
  if (character === undefined || (piece !== '?' && piece !== character)) return false;
  return oracle(rest.join(''), others.join(''));
}

describe('a pattern', () => {
  const few = (characters: readonly string[]) =>
    fc.array(fc.constantFrom(...characters), { maxLength: 9 }).map((all) => all.join(''));

  it('fits what the definition says, for any pattern and text', () => {
    fc.assert(
      fc.property(few(['a', 'b', '*', '?', '😀']), few(['a', 'b', '😀', '*']), (pattern, text) => {
        expect(matches(pattern, text)).toBe(oracle(pattern, text));
      }),
      { numRuns: 3000 },
    );
  });

  it('fits itself where it has no wildcards, and nothing else', () => {
    fc.assert(
      fc.property(few(['a', '$', '{', '}', '\\', '.', '[']), few(['a', '.', '[']), (one, other) => {
        expect(matches(one, one)).toBe(true);
        expect(matches(one, other)).toBe(one === other);
      }),
    );
  });

  it('takes a star for nothing, for slashes, and for line ends', () => {
    expect(matches('a*', 'a')).toBe(true);
    expect(matches('a*z', 'a/b\n/z')).toBe(true);
    expect(matches('a?', 'a')).toBe(false);
    expect(matches('**', '')).toBe(true);
  });

  it('takes bounded time where others go back and forth for ages', () => {
    const hostile = `${'*a'.repeat(500)}*b`;
    const started = performance.now();
    for (let i = 0; i < 20; i++) expect(matches(hostile, 'a'.repeat(1024))).toBe(false);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe('a variable', () => {
  const options = { hasWildcards: true, hasVariables: true };

  it('stands for the name of the caller, whose characters are no wildcards', () => {
    const pattern = parsePattern('home/${aws:username}/*', options) ?? [];
    expect(matchesPattern(pattern, 'home/ann/x', { 'aws:username': 'ann' })).toBe(true);
    expect(matchesPattern(pattern, 'home/bob/x', { 'aws:username': 'ann' })).toBe(false);
    expect(matchesPattern(pattern, 'home/bob/x', { 'aws:username': '*' })).toBe(false);
    expect(matchesPattern(pattern, 'home/*/x', { 'aws:username': '*' })).toBe(true);
  });

  it('spells the wildcards themselves', () => {
    const pattern = parsePattern('a${*}${?}${$}', options) ?? [];
    expect(matchesPattern(pattern, 'a*?$', NOBODY)).toBe(true);
    expect(matchesPattern(pattern, 'abc$', NOBODY)).toBe(false);
  });

  it.each(['${', '${}', '${aws:username', '${aws:nobody}'])('is refused as %s', (text) => {
    expect(parsePattern(text, options)).toBeUndefined();
    expect(parsePattern(text, { ...options, hasVariables: false })).toBeDefined();
  });
});
