/**
 * What the pieces work on: two files of generated content, keys, and memory to put packs in.
 * @module
 */
import { createHash, randomBytes as drawRandom } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { MiB } from '../../src/base/units.ts';
import { Suite } from '../../src/crypto/sealed/header.ts';
import { Secret } from '../../src/crypto/secret.ts';
import type { VaultKeys } from '../../src/crypto/vault-keys.ts';
import { randomBytes } from '../data/content/random-bytes.ts';
import { textLines } from '../data/content/text-lines.ts';
import { writeContent } from '../data/write-file.ts';

/** Chunks of 1 MiB: what files of 100 MiB and more are cut into, on average. */
export const CHUNK_BYTES = MiB;

export interface Content {
  readonly name: 'random' | 'text';
  readonly file: string;
  readonly bytes: number;
}

/** Two files of so many bytes under a folder, made where they are not there yet, and now in the page cache. */
export function prepareContents(folder: string, bytes: number): Content[] {
  mkdirSync(folder, { recursive: true });
  const fillers = { random: randomBytes('pieces'), text: textLines(40) };
  return (['random', 'text'] as const).map((name) => {
    const file = join(folder, `pieces-${name}`);
    if (!existsSync(file) || statSync(file).size !== bytes) {
      if (existsSync(file)) unlinkSync(file);
      writeContent(file, bytes, fillers[name]);
    }
    readFileSync(file);
    return { name, file, bytes };
  });
}

/** The first bytes of a file, in pieces of the size of a chunk. */
export function chunksOf({ file }: Content, bytes: number): Uint8Array[] {
  const all = readFileSync(file).subarray(0, bytes);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at + CHUNK_BYTES <= all.length; at += CHUNK_BYTES) {
    chunks.push(all.subarray(at, at + CHUNK_BYTES));
  }
  return chunks;
}

export function benchKeys(): VaultKeys {
  const secret = (name: string): Secret =>
    Secret.copyOf(createHash('sha256').update(`bench ${name}`).digest());
  return {
    vaultId: Buffer.alloc(16, 7),
    suite: Suite.aes256gcm,
    epochs: new Map([[1, secret('epoch')]]),
    currentEpoch: 1,
    dedupKey: secret('dedup'),
  };
}

export const drawBytes = (length: number): Uint8Array => new Uint8Array(drawRandom(length));
