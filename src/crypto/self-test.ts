/**
 * Known answers, computed in a few milliseconds before user data is touched: a broken OpenSSL, processor
 * or build must not get to seal anything. The answers come from `test/vectors/`, not from this code.
 * @module
 */
import { createHash, pbkdf2Sync } from 'node:crypto';
import { toHex } from '../base/bytes.ts';
import { AppError, isFailure } from '../base/failure.ts';
import { createChunkIdentifier } from './chunk-id.ts';
import { deriveDedupKeys, deriveRoot } from './derive.ts';
import { ObjectKind, Suite } from './sealed/header.ts';
import { openObject } from './sealed/open.ts';
import { sealObject } from './sealed/seal.ts';
import { Secret } from './secret.ts';

/** BIP39's first reference words without a passphrase, and their root: `test/vectors/roots.json`. */
const WORDS = `${'abandon '.repeat(11)}about`;
const ROOT = '609c9bebb9ac9cce3e7cb3936795114b15c6642b2a8ea9bdac149c1f41520917';
/** SHA-256 of "the object of the self-test": `test/vectors/sealed-objects.json`. */
const SEALED_SHA256 = {
  [Suite.aes256gcm]: '4aa612c2e2a5c2cdc8359025530bf01feb794c70eeec8ca7345cd70327ae6a2c',
  [Suite.chacha20poly1305]: '6665b6a52148172d6ec2f675ea20329de34820e726b3b32d68c5b0e13c479e73',
} as const;
/** "the chunk of the self-test": `test/vectors/derived-keys.json`. */
const CHUNK_ID = '11a7fb9c2694cd84e8d9e7c397438379192246108e40a93cafce75fb94b0ec76';
const PLAIN = Uint8Array.from({ length: 100 }, (_, i) => i);

/**
 * Checks the key chain, both ciphers (sealing, opening, and refusing a changed byte) and chunk ids.
 * @throws AppError `self-check` naming what gave a wrong answer
 */
export function selfTest(): void {
  check('key derivation', () => rootOfWords() === ROOT);
  check('AES-256-GCM', () => isSealingRight(Suite.aes256gcm));
  check('ChaCha20-Poly1305', () => isSealingRight(Suite.chacha20poly1305));
  check('HMAC-SHA-256', () => chunkIdOfPlain() === CHUNK_ID);
}

function check(what: string, isRight: () => boolean): void {
  let cause: unknown;
  try {
    if (isRight()) return;
  } catch (error) {
    cause = error;
  }
  throw new AppError('self-check', `${what} gives wrong answers on this machine`, {
    hint: 'reinstall Node and cybs3; if it stays, test the memory of this machine',
    cause,
  });
}

function rootOfWords(): string {
  using seed = Secret.take(pbkdf2Sync(WORDS, 'mnemonic', 2048, 64, 'sha512'));
  using root = deriveRoot(seed);
  return root.use(toHex);
}

function isSealingRight(suite: Suite): boolean {
  using epochKey = Secret.take(new Uint8Array(32).fill(1));
  const vaultId = new Uint8Array(16).fill(2);
  const random = (length: number) => new Uint8Array(length).fill(3);
  const context = { vaultId, suite, epoch: 1, epochKey, random };
  const { name, bytes } = sealObject(context, ObjectKind.dataPack, PLAIN);
  if (createHash('sha256').update(bytes).digest('hex') !== SEALED_SHA256[suite]) return false;
  const opening = { vaultId, epochKey: () => epochKey };
  const expected = { kind: ObjectKind.dataPack, name };
  if (Buffer.compare(openObject(opening, bytes, expected), PLAIN) !== 0) return false;
  const changed = Uint8Array.from(bytes);
  changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 1;
  try {
    openObject(opening, changed, expected);
    return false;
  } catch (error) {
    return isFailure(error, 'object/segment');
  }
}

function chunkIdOfPlain(): string {
  using dedupKey = Secret.take(new Uint8Array(32).fill(4));
  using keys = deriveDedupKeys(dedupKey);
  return toHex(createChunkIdentifier(keys.chunkId)(PLAIN));
}
