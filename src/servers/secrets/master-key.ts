/**
 * The one key of a server that is never stored with its data: all other keys are stored wrapped under it.
 *
 * A box is `version[1] = 1 || salt[32] || ciphertext || tag[16]`. Key (32) and nonce (12) of a box are
 * HKDF-SHA256 (RFC 5869) of the master key with the salt and the info "cybs3 server wrap", so that no two
 * boxes share a nonce however many there are. AES-256-GCM; the context is the associated data: a box opens
 * only where it belongs.
 * @module
 */
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { AppError, assert } from '../../base/failure.ts';
import type { RandomBytes } from '../../base/ports.ts';
import { Secret } from '../../crypto/secret.ts';

export const MASTER_KEY_BYTES = 32;

const VERSION = 1;
const SALT_BYTES = 32;
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
const HEAD_BYTES = 1 + SALT_BYTES;

const PROOF_CONTEXT = 'proof of the master key';
const PROOF_TEXT = 'cybs3 server';

/** How much longer a box is than what is in it. */
export const BOX_OVERHEAD_BYTES = HEAD_BYTES + TAG_BYTES;

/** A box does not open: another master key, another context, or changed bytes. It is not told which. */
export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError';
}

export class MasterKey {
  readonly #secret: Secret;
  readonly #random: RandomBytes;

  private constructor(secret: Secret, random: RandomBytes) {
    this.#secret = secret;
    this.#random = random;
  }

  /** @param bytes 32 of them, copied: the caller wipes its own */
  static of(bytes: Uint8Array, random: RandomBytes = randomBytes): MasterKey {
    assert(bytes.length === MASTER_KEY_BYTES, 'a master key has 32 bytes');
    return new MasterKey(Secret.copyOf(bytes), random);
  }

  /** @param context where the box belongs, such as `kms key <id> version <n>` */
  wrap(plain: Uint8Array, context: string): Buffer {
    const salt = this.#random(SALT_BYTES);
    assert(salt.length === SALT_BYTES, 'the random source gave another length');
    const keys = this.#keysOf(salt);
    const cipher = createCipheriv('aes-256-gcm', keys.key, keys.nonce);
    cipher.setAAD(Buffer.from(context));
    const sealed = [cipher.update(plain), cipher.final()];
    return Buffer.concat([Buffer.of(VERSION), salt, ...sealed, cipher.getAuthTag()]);
  }

  /**
   * @returns a buffer of the caller's own, to be wiped by it
   * @throws MasterKeyError
   */
  unwrap(box: Uint8Array, context: string): Buffer {
    if (box.length < BOX_OVERHEAD_BYTES || box[0] !== VERSION) throw refusal();
    const keys = this.#keysOf(box.subarray(1, HEAD_BYTES));
    const decipher = createDecipheriv('aes-256-gcm', keys.key, keys.nonce, {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(box.subarray(box.length - TAG_BYTES));
    const plain = decipher.update(box.subarray(HEAD_BYTES, box.length - TAG_BYTES));
    try {
      decipher.final();
    } catch {
      plain.fill(0);
      throw refusal();
    }
    return plain;
  }

  /** 32 bytes for another use, the same ones each time for the same label. The caller wipes them. */
  derive(label: string): Buffer {
    return this.#hkdf(new Uint8Array(0), `cybs3 server derive ${label}`, MASTER_KEY_BYTES);
  }

  /** Wipes it. Nothing can be wrapped or unwrapped afterwards. */
  [Symbol.dispose](): void {
    this.#secret.wipe();
  }

  /** Of one box. The nonce is no secret. */
  #keysOf(salt: Uint8Array): { key: KeyObject; nonce: Buffer } {
    const both = this.#hkdf(salt, 'cybs3 server wrap', MASTER_KEY_BYTES + NONCE_BYTES);
    const key = both.subarray(0, MASTER_KEY_BYTES);
    try {
      return { key: createSecretKey(key), nonce: both.subarray(MASTER_KEY_BYTES) };
    } finally {
      key.fill(0);
    }
  }

  /**
   * Through key objects that live no longer than this call: Node makes one of raw bytes anyway, in a way that takes
   * three times as long (Node 24: 13 to 6 µs here, 17 to 4 for the cipher). The master key itself stays where it
   * can be wiped.
   */
  #hkdf(salt: Uint8Array, info: string, length: number): Buffer {
    const derive = (bytes: Uint8Array): ArrayBuffer =>
      hkdfSync('sha256', createSecretKey(bytes), salt, info, length);
    return Buffer.from(this.#secret.use(derive));
  }
}

function refusal(): MasterKeyError {
  return new MasterKeyError('a wrapped key does not open under this master key');
}

/** Where the proof is kept: beside the data. It holds nothing secret. */
export interface ProofStore {
  get(): string | undefined;
  set(value: string): void;
}

/**
 * Finds out at the start, and not at the first object that does not open, whether the master key is the one
 * that the data was written with. Writes the proof where there is none yet.
 * @throws AppError `serve/master-key` where the proof was written with another key
 */
export function proveMasterKey(store: ProofStore, key: MasterKey): void {
  const proof = store.get();
  if (proof === undefined) {
    store.set(key.wrap(Buffer.from(PROOF_TEXT), PROOF_CONTEXT).toString('base64'));
    return;
  }
  try {
    key.unwrap(Buffer.from(proof, 'base64'), PROOF_CONTEXT);
  } catch (cause) {
    if (!(cause instanceof MasterKeyError)) throw cause;
    throw new AppError('serve/master-key', 'the data was written with another master key', {
      hint: 'start the server with the master key that it was first started with',
      cause,
    });
  }
}
