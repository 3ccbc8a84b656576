/**
 * New words on a terminal: a numbered table, then three of them asked back.
 * @module
 */
import { randomInt } from 'node:crypto';
import { fchmodSync, fstatSync } from 'node:fs';
import type { Io } from '../io.ts';
import { askWordBack } from './ask.ts';

const COLUMNS = 3;
const WORDS_TO_ASK = 3;

/** The words as a table read in rows: `  1 abandon    2 ability …`, with a newline at the end. */
export function wordsTable(mnemonic: string): string {
  const words = mnemonic.split(' ');
  const width = Math.max(...words.map((word) => word.length));
  const cells = words.map((word, i) => `${String(i + 1).padStart(4)}  ${word.padEnd(width)}`);
  const rows: string[] = [];
  for (let i = 0; i < cells.length; i += COLUMNS) {
    rows.push(
      cells
        .slice(i, i + COLUMNS)
        .join('   ')
        .trimEnd(),
    );
  }
  return `${rows.join('\n')}\n`;
}

/**
 * Makes the file that stdout was redirected to (`> words.txt`) readable by its owner only, before
 * the words go there: readers of words refuse a file that others can read. Anything but a file is
 * left alone.
 */
export function protectRedirectedWords(stdout: Io['stdout']): void {
  if (process.platform === 'win32') return;
  try {
    if (fstatSync(stdout.fd).isFile()) fchmodSync(stdout.fd, 0o600);
  } catch {
    // Somebody else's file: then its owner decides who reads it.
  }
}

/** Asks three words at random positions, in order, until each is right. */
export async function confirmWords(mnemonic: string, io: Io, signal: AbortSignal): Promise<void> {
  const words = mnemonic.split(' ');
  for (const index of somePositions(words.length, WORDS_TO_ASK)) {
    await askWordBack(index + 1, words[index] ?? '', io, signal);
  }
}

function somePositions(count: number, wanted: number): number[] {
  const chosen = new Set<number>();
  while (chosen.size < wanted) chosen.add(randomInt(count));
  return [...chosen].sort((a, b) => a - b);
}
