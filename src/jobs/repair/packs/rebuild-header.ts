/**
 * Finds out what the header of a damaged pack was: its name is half of its salt, the commitment follows from the
 * rest, and of the other fields there are few. So a damaged header alone loses nothing.
 * @module
 */
import { asBuffer, fromHex } from '../../../base/bytes.ts';
import { AppError, assert, isDamage } from '../../../base/failure.ts';
import { deriveObjectKeys } from '../../../crypto/derive.ts';
import type { Secret } from '../../../crypto/secret.ts';
import type { ObjectKind } from '../../../crypto/sealed/header.ts';
import {
  HEADER_BYTES,
  HEADER_PREFIX_BYTES,
  SALT_BYTES,
  Suite,
  encodeHeader,
} from '../../../crypto/sealed/header.ts';
import { ObjectOpener } from '../../../crypto/sealed/open.ts';
import { SEGMENT_OVERHEAD_BYTES, SEGMENT_SIZES_BYTES } from '../../../crypto/sealed/sizes.ts';
import type { VaultKeys } from '../../../crypto/vault-keys.ts';
import { openContext } from '../../../crypto/vault-keys.ts';

const SALT_AT = HEADER_PREFIX_BYTES - SALT_BYTES;
const NAME_BYTES = 16;
/** Segments that are tried: one of them may be damaged too. */
const TRIED_SEGMENTS = 3;

export interface LostHeader {
  readonly kind: ObjectKind;
  /** 32 hex digits. */
  readonly name: string;
  readonly sealed: Uint8Array;
  /** Of the whole object, as far as known. */
  readonly sealedBytes: number;
}

/** @returns an opener under a header with which segments open, or `undefined` */
export function reopenWithoutHeader(keys: VaultKeys, lost: LostHeader): ObjectOpener | undefined {
  for (const salt of saltsOf(lost)) {
    for (const fields of fieldsOf(keys)) {
      const opener = tryHeader(keys, lost, { ...fields, salt });
      if (opener) return opener;
    }
  }
  return undefined;
}

interface Fields {
  readonly epoch: number;
  readonly epochKey: Secret;
  readonly suite: Suite;
  readonly segmentBytes: number;
}

function* fieldsOf({ epochs, suite: own }: VaultKeys): Generator<Fields> {
  const suites = Object.values(Suite).sort((a) => (a === own ? -1 : 1));
  for (const [epoch, epochKey] of [...epochs].reverse()) {
    for (const suite of suites) {
      for (const segmentBytes of SEGMENT_SIZES_BYTES) {
        yield { epoch, epochKey, suite, segmentBytes };
      }
    }
  }
}

/** The salt as it is stored, under the pack's name; then with one bit of its other half flipped. */
function* saltsOf({ name, sealed }: LostHeader): Generator<Uint8Array> {
  const salt = new Uint8Array(SALT_BYTES);
  salt.set(sealed.subarray(SALT_AT, SALT_AT + SALT_BYTES));
  const named = fromHex(name, NAME_BYTES);
  assert(named !== undefined, 'a pack has a name');
  salt.set(named);
  yield salt;
  for (let bit = NAME_BYTES * 8; bit < SALT_BYTES * 8; bit++) {
    const flipped = Uint8Array.from(salt);
    flipped[bit >>> 3] = (flipped[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
    yield flipped;
  }
}

function tryHeader(
  keys: VaultKeys,
  lost: LostHeader,
  fields: Fields & { readonly salt: Uint8Array },
): ObjectOpener | undefined {
  const { kind, sealed, sealedBytes, name } = lost;
  const blank = encodeHeader({ ...fields, kind, commitment: new Uint8Array(32) });
  const prefix = blank.subarray(0, HEADER_PREFIX_BYTES);
  const derived = deriveObjectKeys(fields.epochKey, prefix, keys.vaultId);
  derived.key.fill(0);
  const header = encodeHeader({ ...fields, kind, commitment: derived.commitment });
  try {
    const opener = new ObjectOpener(openContext(keys), header, { kind, name }, sealedBytes);
    if (opensAny(opener, sealed)) return opener;
    opener[Symbol.dispose]();
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  return undefined;
}

function opensAny(opener: ObjectOpener, sealed: Uint8Array): boolean {
  const stride = opener.header.segmentBytes + SEGMENT_OVERHEAD_BYTES;
  for (let i = 0; i < Math.min(TRIED_SEGMENTS, opener.segments); i++) {
    const at = HEADER_BYTES + i * stride;
    try {
      opener.openSegment(i, asBuffer(sealed).subarray(at, Math.min(at + stride, sealed.length)));
      return true;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
    }
  }
  return false;
}
