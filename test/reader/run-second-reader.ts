/**
 * Runs the second reader as a program of its own, so that it can share nothing with ours.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./second-reader-cli.mjs', import.meta.url));

export interface SecondReaderResult {
  readonly status: number | null;
  /** One JSON value a line. */
  readonly lines: readonly Record<string, unknown>[];
  readonly errors: string;
}

/** @param words text of the file of words, which is written beside the vault */
export function runSecondReader(
  vaultFolder: string,
  words: string,
  ...args: readonly string[]
): SecondReaderResult {
  const wordsFile = `${vaultFolder}.words`;
  writeFileSync(wordsFile, words, { mode: 0o600 });
  const argv = [PROGRAM, vaultFolder, wordsFile, ...args];
  const options = { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, options);
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  return {
    status,
    lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    errors: stderr,
  };
}

/** Writes objects (keys to hex) as a vault in a folder. */
export function writeObjects(folder: string, objects: Readonly<Record<string, string>>): void {
  for (const [key, hex] of Object.entries(objects)) {
    const file = join(folder, key);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, Buffer.from(hex, 'hex'));
  }
}
