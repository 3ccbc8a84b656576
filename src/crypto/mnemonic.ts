/**
 * The words: making them, reading them as people type them, and the BIP39 seed behind them.
 * Source: BIP39 ("Mnemonic code for generating deterministic keys"), English list.
 *
 * No error of this file ever holds a word; @scure/bip39's own errors do, so none of them gets out.
 * @module
 */
import { pbkdf2Sync } from 'node:crypto';
import { entropyToMnemonic, validateMnemonic } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { AppError, assert } from '../base/failure.ts';
import type { RandomBytes } from '../base/ports.ts';
import { Secret } from './secret.ts';

/** BIP39's five lengths: 128 to 256 bits of entropy in steps of 32. */
export type WordCount = 12 | 15 | 18 | 21 | 24;

const WORD_COUNTS: readonly number[] = [12, 15, 18, 21, 24] satisfies WordCount[];
const SEED_ROUNDS = 2048;
const SEED_BYTES = 64;
const NOT_FOUND_HINT = 'every word is one of the 2048 English words of BIP39; check the spelling';

const knownWords: ReadonlySet<string> = new Set(wordlist);

/** New words from fresh entropy, joined by one space. */
export function generateMnemonic(words: WordCount, random: RandomBytes): string {
  assert(WORD_COUNTS.includes(words), 'not a BIP39 word count');
  const entropyBytes = (words / 3) * 4; // three words carry 32 bits and one bit of checksum
  const entropy = random(entropyBytes);
  assert(entropy.length === entropyBytes, 'the random source gave another length');
  try {
    return entropyToMnemonic(entropy, wordlist);
  } finally {
    entropy.fill(0);
  }
}

/**
 * Reads words as people write them: any case, any white space and line ends, with or without numbering
 * (`1. word`, `1) word`, `1 word`). Numbers must then agree with the order.
 * @returns the words in BIP39's normal form (NFKD, lower case, one space), checksum verified
 * @throws AppError `keys/words`, naming positions (from 1), never a word
 */
export function parseMnemonic(text: string): string {
  const words = splitWords(text);
  if (!WORD_COUNTS.includes(words.length)) throw wrongCount(words.length);
  const unknown = words.flatMap((word, i) => (knownWords.has(word) ? [] : [i + 1]));
  if (unknown.length > 0) throw unknownWords(unknown);
  const mnemonic = words.join(' ');
  if (!validateMnemonic(mnemonic, wordlist)) {
    throw new AppError('keys/words', 'the words do not fit together: their checksum is wrong', {
      hint: 'a word is wrong or two are swapped; compare them with what you wrote down',
    });
  }
  return mnemonic;
}

/**
 * seed = PBKDF2-HMAC-SHA512(words, "mnemonic" || passphrase, 2048 rounds, 64 bytes), both in NFKD.
 * Parses first: BIP39 itself would derive a seed from anything, and a typo would quietly be another vault.
 * @throws AppError `keys/words`
 */
export function mnemonicToSeed(mnemonic: string, passphrase = ''): Secret {
  const password = Buffer.from(parseMnemonic(mnemonic), 'utf8');
  const salt = Buffer.from(`mnemonic${passphrase.normalize('NFKD')}`, 'utf8');
  try {
    return Secret.take(pbkdf2Sync(password, salt, SEED_ROUNDS, SEED_BYTES, 'sha512'));
  } finally {
    password.fill(0);
    salt.fill(0);
  }
}

function splitWords(text: string): string[] {
  const words: string[] = [];
  for (const token of text.normalize('NFKD').toLowerCase().split(/\s+/)) {
    // No English word starts with a digit, so digits in front are always numbering.
    const [, number, rest] = /^(?:(\d{1,9})[.):]?)?(.*)$/.exec(token) ?? [];
    if (number !== undefined && Number(number) !== words.length + 1) {
      throw wrongNumbering(words.length + 1);
    }
    if (rest) words.push(rest);
  }
  return words;
}

function wrongNumbering(position: number): AppError {
  return new AppError('keys/words', `the number before word ${position} is another`, {
    hint: 'give the words in the order of their numbers, or leave the numbers out',
  });
}

function wrongCount(count: number): AppError {
  return new AppError(
    'keys/words',
    `these are ${count} words, and 12, 15, 18, 21 or 24 are needed`,
    {
      hint: 'give all the words that were shown when the vault was made, separated by spaces',
      detail: { words: count },
    },
  );
}

function unknownWords(positions: readonly number[]): AppError {
  const shown = positions.slice(0, 24).join(', ');
  const message =
    positions.length === 1
      ? `word ${shown} is not in the word list`
      : `words ${shown} are not in the word list`;
  return new AppError('keys/words', message, { hint: NOT_FOUND_HINT });
}
