import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { mnemonicToEntropy, mnemonicToSeedSync } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateMnemonic, mnemonicToSeed, parseMnemonic } from '../../src/crypto/mnemonic.ts';
import type { WordCount } from '../../src/crypto/mnemonic.ts';
import { toHex } from '../../src/base/bytes.ts';
import { failureCode, failureOf } from './failure-code.ts';
import { hex, readVectors } from './read-vectors.ts';

interface Bip39Vectors {
  vectors: { entropy: string; mnemonic: string; passphrase: string; expect: string }[];
}
const { vectors } = readVectors<Bip39Vectors>('bip39.json');
const COUNTS: WordCount[] = [12, 15, 18, 21, 24];
const WORDS = 'legal winner thank year wave sausage worth useful legal winner thank yellow';
const random = (length: number) => new Uint8Array(randomBytes(length));
const anyMnemonic = fc
  .tuple(fc.constantFrom(...COUNTS), fc.uint8Array({ minLength: 32, maxLength: 32 }))
  .map(([count, bytes]) => generateMnemonic(count, (length) => bytes.slice(0, length)));

function seedHex(mnemonic: string, passphrase?: string): string {
  using seed = mnemonicToSeed(mnemonic, passphrase);
  return seed.use(toHex);
}

describe('the BIP39 reference vectors', () => {
  it.each(vectors)('$mnemonic', ({ entropy, mnemonic, passphrase, expect: seed }) => {
    const count = mnemonic.split(' ').length as WordCount;
    expect(generateMnemonic(count, () => hex(entropy))).toBe(mnemonic);
    expect(parseMnemonic(mnemonic)).toBe(mnemonic);
    expect(seedHex(mnemonic, passphrase)).toBe(seed);
  });
});

describe('generated words', () => {
  it.each(COUNTS)('are %i, carry the entropy drawn, and parse', (count) => {
    const drawn: Uint8Array[] = [];
    const mnemonic = generateMnemonic(count, (length) => {
      const bytes = random(length);
      drawn.push(Uint8Array.from(bytes));
      return bytes;
    });
    expect(mnemonic.split(' ')).toHaveLength(count);
    expect(parseMnemonic(mnemonic)).toBe(mnemonic);
    expect(drawn).toEqual([new Uint8Array(mnemonicToEntropy(mnemonic, wordlist))]);
  });

  it('leave no entropy behind', () => {
    const entropy = random(16);
    generateMnemonic(12, () => entropy);
    expect(entropy).toEqual(new Uint8Array(16));
  });

  it('refuse a random source that gives another length', () => {
    expect(() => generateMnemonic(24, () => new Uint8Array(16))).toThrow('random');
  });
});

describe('words as people type them', () => {
  it.each([
    ['in capitals', WORDS.toUpperCase()],
    ['over lines', WORDS.replaceAll(' ', '\r\n')],
    ['with tabs and blanks around', `\t ${WORDS.replaceAll(' ', ' \t ')}\n\n`],
    ['with wide blanks', WORDS.replaceAll(' ', '\u3000')],
    ['in full-width letters', WORDS.replace('legal', 'ｌｅｇａｌ')],
    ['numbered 1.', numbered((i, word) => `${i}. ${word}`)],
    ['numbered 1)', numbered((i, word) => `${i}) ${word}`)],
    ['numbered 1.word', numbered((i, word) => `${i}.${word}`)],
    ['numbered 01', numbered((i, word) => `${String(i).padStart(2, '0')} ${word}`)],
  ])('are accepted %s', (_, text) => {
    expect(parseMnemonic(text)).toBe(WORDS);
    expect(seedHex(text)).toBe(seedHex(WORDS));
  });

  it('are refused where the numbers disagree with the order', () => {
    const columns = numbered((i, word) => `${i % 2 === 1 ? i : i + 1}. ${word}`);
    expect(failureOf(() => parseMnemonic(columns))).toMatchObject({
      code: 'keys/words',
      message: 'the number before word 2 is another',
    });
  });

  it.each([0, 1, 3, 11, 13, 14, 16, 25])('are refused where they are %i', (count) => {
    const text = Array.from({ length: count }, () => 'abandon').join(' ');
    const failure = failureOf(() => parseMnemonic(text));
    expect(failure?.code).toBe('keys/words');
    expect(failure?.message).toContain(`these are ${count} words`);
  });

  it('are refused by position where they are not in the list', () => {
    const words = WORDS.split(' ');
    words[6] = 'wort';
    words[11] = 'bellow';
    expect(failureOf(() => parseMnemonic(words.join(' ')))).toMatchObject({
      code: 'keys/words',
      message: 'words 7, 12 are not in the word list',
    });
  });

  it('are refused where two are swapped or one is another', () => {
    const swapped = WORDS.replace('year wave', 'wave year');
    const other = WORDS.replace('sausage', 'save');
    for (const text of [swapped, other]) {
      expect(failureOf(() => parseMnemonic(text))).toMatchObject({
        code: 'keys/words',
        hint: expect.stringContaining('a word is wrong or two are swapped'),
      });
      expect(failureCode(() => mnemonicToSeed(text))).toBe('keys/words');
    }
  });

  it('never appear in an error, however they are wrong', () => {
    const misspell = (words: string[], i: number) => words.with(i, `${words[i]}x`);
    const swap = (words: string[], i: number) => words.with(i, words.at(i - 1) ?? '');
    const drop = (words: string[], i: number) => words.toSpliced(i, 1);
    const mistakes = fc.constantFrom(misspell, swap, drop);
    fc.assert(
      fc.property(anyMnemonic, fc.nat(11), mistakes, (mnemonic, i, mistake) => {
        const words = mistake(mnemonic.split(' '), i);
        const failure = failureOf(() => parseMnemonic(words.join(' ')));
        if (failure === undefined) return; // one in sixteen wrong phrases has a right checksum
        expect(failure.code).toBe('keys/words');
        expect(failure.cause).toBeUndefined();
        expect(SENTENCES).toContain(failure.message.replace(/\d+(, \d+)*/, '#'));
        const expected = failureOf(() => parseMnemonic(sameMistake(words)));
        expect(failure.hint).toBe(expected?.hint);
        expect(inspect(failure, { depth: 9 })).not.toContain(words.slice(0, 4).join(' '));
      }),
    );
  });
});

/** All that an error about words may say, positions apart. */
const SENTENCES = [
  'these are # words, and 12, 15, 18, 21 or 24 are needed',
  'word # is not in the word list',
  'words # are not in the word list',
  'the words do not fit together: their checksum is wrong',
];

/** Other words that are wrong in the same way. */
function sameMistake(words: string[]): string {
  return words.map((word) => (wordlist.includes(word) ? 'zoo' : 'zzz')).join(' ');
}

describe('the seed', () => {
  it('is the one @scure/bip39 derives, with any passphrase', () => {
    fc.assert(
      fc.property(anyMnemonic, fc.string({ unit: 'grapheme' }), (mnemonic, passphrase) => {
        const theirs = toHex(mnemonicToSeedSync(mnemonic, passphrase));
        expect(seedHex(mnemonic, passphrase)).toBe(theirs);
      }),
      { numRuns: 25 },
    );
  });

  it('does not depend on how the passphrase is composed', () => {
    expect(seedHex(WORDS, 'caf\u00e9')).toBe(seedHex(WORDS, 'cafe\u0301'));
    expect(seedHex(WORDS, 'café')).not.toBe(seedHex(WORDS, 'cafe'));
  });
});

function numbered(line: (number: number, word: string) => string): string {
  return WORDS.split(' ')
    .map((word, i) => line(i + 1, word))
    .join('\n');
}
