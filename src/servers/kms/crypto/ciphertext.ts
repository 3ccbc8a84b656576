/**
 * Ciphertexts as clients keep them: sealed under a version of a key and bound to an encryption context.
 *
 * Layout, integers big-endian:
 * `magic "cKMS" || format 1 (u8) || key id (16) || key version (u32) || salt (32) || ciphertext || tag (16)`
 *
 * Every message has a key of its own: `HKDF-SHA256(version's material, salt, "cybs3 kms ciphertext 1", 44)`
 * is an AES-256-GCM key and its nonce, so that no number of messages wears a key out. What is
 * authenticated beside the message is everything before the ciphertext and the canonical context.
 * @module
 */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { asBuffer } from '../../../base/bytes.ts';
import type { RandomBytes } from '../../../base/ports.ts';
import type { EncryptionContext } from './encryption-context.ts';
import { canonicalContext } from './encryption-context.ts';

const MAGIC_AND_FORMAT = Buffer.from('cKMS\x01', 'latin1');
const ID_AT = MAGIC_AND_FORMAT.length;
const VERSION_AT = ID_AT + 16;
const SALT_AT = VERSION_AT + 4;
const SALT_BYTES = 32;
const HEADER_BYTES = SALT_AT + SALT_BYTES;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const LABEL = 'cybs3 kms ciphertext 1';

/** A ciphertext taken apart, nothing of it verified yet. */
export interface Ciphertext {
  /** A UUID. */
  readonly keyId: string;
  readonly keyVersion: number;
  readonly header: Buffer;
  readonly sealed: Buffer;
  readonly tag: Buffer;
}

export interface SealOptions {
  /** A UUID. */
  readonly keyId: string;
  readonly keyVersion: number;
  /** Of that version; stays the caller's. */
  readonly material: Uint8Array;
  readonly context: EncryptionContext;
  readonly random: RandomBytes;
}

/** Seals a message; the result is 73 bytes longer than it. */
export function sealCiphertext(plaintext: Uint8Array, options: SealOptions): Buffer {
  const { keyId, keyVersion, material, context, random } = options;
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC_AND_FORMAT.copy(header);
  header.write(keyId.replaceAll('-', ''), ID_AT, 'hex');
  header.writeUInt32BE(keyVersion, VERSION_AT);
  header.set(random(SALT_BYTES), SALT_AT);
  return withMessageKey(material, header, (key, nonce) => {
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(Buffer.concat([header, canonicalContext(context)]));
    const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return Buffer.concat([header, sealed, cipher.getAuthTag()]);
  });
}

/** Takes a blob apart; undefined where it is none of ours. The parts are views of it. */
export function readCiphertext(blob: Uint8Array): Ciphertext | undefined {
  const bytes = asBuffer(blob);
  if (bytes.length < HEADER_BYTES + TAG_BYTES) return undefined;
  if (!bytes.subarray(0, ID_AT).equals(MAGIC_AND_FORMAT)) return undefined;
  const id = bytes.toString('hex', ID_AT, VERSION_AT);
  return {
    keyId: id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    keyVersion: bytes.readUInt32BE(VERSION_AT),
    header: bytes.subarray(0, HEADER_BYTES),
    sealed: bytes.subarray(HEADER_BYTES, -TAG_BYTES),
    tag: bytes.subarray(-TAG_BYTES),
  };
}

/**
 * Opens what `sealCiphertext` made.
 * @param material of the version that the ciphertext names
 * @returns the message, the caller's to wipe; undefined where a bit is not as it was, or for another
 * context or key: which of them is not to be told apart
 */
export function openCiphertext(
  ciphertext: Ciphertext,
  material: Uint8Array,
  context: EncryptionContext,
): Buffer | undefined {
  const { header, sealed, tag } = ciphertext;
  return withMessageKey(material, header, (key, nonce) => {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.concat([header, canonicalContext(context)]));
    decipher.setAuthTag(tag);
    const message = decipher.update(sealed);
    try {
      decipher.final();
      return message;
    } catch {
      message.fill(0);
      return undefined;
    }
  });
}

function withMessageKey<T>(
  material: Uint8Array,
  header: Buffer,
  work: (key: Buffer, nonce: Buffer) => T,
): T {
  const salt = header.subarray(SALT_AT, HEADER_BYTES);
  const derived = hkdfSync('sha256', material, salt, LABEL, KEY_BYTES + NONCE_BYTES);
  const bytes = Buffer.from(derived);
  try {
    return work(bytes.subarray(0, KEY_BYTES), bytes.subarray(KEY_BYTES));
  } finally {
    bytes.fill(0);
  }
}
