/**
 * Every key we derive, in one place: root, slot keys, object keys, the keys under the dedup key.
 * Source: DESIGN §3, `docs/format.md` "Keys"; HKDF is RFC 5869 with SHA-256.
 * @module
 */
import { createHmac } from 'node:crypto';
import { concatBytes, utf8Bytes } from '../base/bytes.ts';
import { assert } from '../base/failure.ts';
import { Secret } from './secret.ts';

const HASH_BYTES = 32;
/** Every key of ours, of both ciphers and of HMAC-SHA-256. */
export const KEY_BYTES = 32;
export const VAULT_ID_BYTES = 16;
export const SLOT_ID_BYTES = 16;
const NONCE_BYTES = 12;
const COMMITMENT_BYTES = 32;
const HEADER_PREFIX_BYTES = 64;

/** What one sealed object uses. The holder wipes `key`. */
export interface ObjectKeys {
  readonly key: Uint8Array;
  readonly baseNonce: Uint8Array;
  readonly commitment: Uint8Array;
}

/** What deduplication and cutting use; all four die with `[Symbol.dispose]`. */
export interface DedupKeys {
  readonly chunkId: Secret;
  readonly gearTable: Secret;
  readonly boundary: Secret;
  readonly manifestCut: Secret;
  [Symbol.dispose](): void;
}

/** root = HKDF-SHA256(ikm = seed, salt = "cybs3-vault", info = "", 32): the chain of the original CybS3. */
export function deriveRoot(seed: Secret): Secret {
  const prk = seed.use((ikm) => createHmac('sha256', 'cybs3-vault').update(ikm).digest());
  const root = Secret.take(hkdfExpand(prk, new Uint8Array(0), KEY_BYTES));
  prk.fill(0);
  return root;
}

/**
 * HKDF-Expand, RFC 5869 §2.3: T(i) = HMAC(prk, T(i-1) || info || i), the first `length` bytes of them all.
 * @param length 1 to 8160 bytes
 * @returns bytes of the caller's own
 */
export function hkdfExpand(prk: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  assert(length > 0 && length <= 255 * HASH_BYTES, 'HKDF-Expand cannot give that length');
  const output = new Uint8Array(length);
  let block: Uint8Array = new Uint8Array(0);
  for (let at = 0, i = 1; at < length; at += HASH_BYTES, i++) {
    const hmac = createHmac('sha256', prk).update(block).update(info).update(Uint8Array.of(i));
    block.fill(0);
    block = hmac.digest();
    output.set(block.subarray(0, Math.min(HASH_BYTES, length - at)), at);
  }
  block.fill(0);
  return output;
}

/** slot key = HKDF-Expand(root, "cybs3/v1/slot" || vault id (16) || slot id (16), 32) */
export function deriveSlotKey(root: Secret, vaultId: Uint8Array, slotId: Uint8Array): Secret {
  assert(vaultId.length === VAULT_ID_BYTES, 'a vault id is 16 bytes');
  assert(slotId.length === SLOT_ID_BYTES, 'a slot id is 16 bytes');
  return expandSecret(root, concatBytes([utf8Bytes('cybs3/v1/slot'), vaultId, slotId]));
}

/**
 * HKDF-Expand(epoch key, "cybs3/v1/object" || header[0..64) || vault id, 76)
 *   = key (32) || base nonce (12) || commitment (32).
 * @param headerPrefix the first 64 bytes of the header: all of it but the commitment
 */
export function deriveObjectKeys(
  epochKey: Secret,
  headerPrefix: Uint8Array,
  vaultId: Uint8Array,
): ObjectKeys {
  assert(headerPrefix.length === HEADER_PREFIX_BYTES, 'a header prefix is 64 bytes');
  assert(vaultId.length === VAULT_ID_BYTES, 'a vault id is 16 bytes');
  assert(epochKey.length === KEY_BYTES, 'an epoch key is 32 bytes');
  const info = concatBytes([utf8Bytes('cybs3/v1/object'), headerPrefix, vaultId]);
  const length = KEY_BYTES + NONCE_BYTES + COMMITMENT_BYTES;
  const all = epochKey.use((prk) => hkdfExpand(prk, info, length));
  const keys = {
    key: all.slice(0, KEY_BYTES),
    baseNonce: all.slice(KEY_BYTES, KEY_BYTES + NONCE_BYTES),
    commitment: all.slice(KEY_BYTES + NONCE_BYTES),
  };
  all.fill(0);
  return keys;
}

/** The four keys under the dedup key, each HKDF-Expand(dedup key, label, 32). */
export function deriveDedupKeys(dedupKey: Secret): DedupKeys {
  const chunkId = expandSecret(dedupKey, utf8Bytes('cybs3/v1/chunk-id'));
  const gearTable = expandSecret(dedupKey, utf8Bytes('cybs3/v1/gear-table'));
  const boundary = expandSecret(dedupKey, utf8Bytes('cybs3/v1/boundary'));
  const manifestCut = expandSecret(dedupKey, utf8Bytes('cybs3/v1/manifest-cut'));
  return {
    chunkId,
    gearTable,
    boundary,
    manifestCut,
    [Symbol.dispose]() {
      for (const key of [chunkId, gearTable, boundary, manifestCut]) key.wipe();
    },
  };
}

function expandSecret(secret: Secret, info: Uint8Array): Secret {
  assert(secret.length === KEY_BYTES, 'a key to derive from is 32 bytes');
  return Secret.take(secret.use((prk) => hkdfExpand(prk, info, KEY_BYTES)));
}
