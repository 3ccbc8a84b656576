/**
 * The 96 bytes every sealed object starts with.
 *
 *   magic "CYBS3" (5) || version 1 (1) || suite (1) || kind (1) || epoch u32 || segment KiB u32
 *   || zeros (16) || salt (32) || commitment (32)                                          big-endian
 *
 * All but the commitment enters the key derivation, and all of it is associated data of every segment.
 * Source: DESIGN §4, `docs/format.md` "Sealed object".
 * @module
 */
import { asBuffer, isAllZero, toHex, utf8Bytes } from '../../base/bytes.ts';
import { AppError, assert } from '../../base/failure.ts';
import { KiB } from '../../base/units.ts';
import { isSegmentBytes } from './sizes.ts';

export const HEADER_BYTES = 96;
/** The part that goes into the key derivation: everything before the commitment. */
export const HEADER_PREFIX_BYTES = 64;
export const SALT_BYTES = 32;
export const COMMITMENT_BYTES = 32;
/** How much of the salt is the object's name. */
const NAME_BYTES = 16;

const MAGIC = utf8Bytes('CYBS3');
const VERSION = 1;
const AT = {
  version: 5,
  suite: 6,
  kind: 7,
  epoch: 8,
  segmentKiB: 12,
  zeros: 16,
  salt: 32,
} as const;

/** What an object is. The codes are part of the format. */
export const ObjectKind = {
  dataPack: 1,
  metaPack: 2,
  index: 3,
  snapshot: 4,
  config: 5,
  gc: 6,
  slot: 7,
} as const;
export type ObjectKind = (typeof ObjectKind)[keyof typeof ObjectKind];

/** How an object is sealed. The codes are part of the format. */
export const Suite = { aes256gcm: 1, chacha20poly1305: 2 } as const;
export type Suite = (typeof Suite)[keyof typeof Suite];

export interface ObjectHeader {
  readonly suite: Suite;
  readonly kind: ObjectKind;
  /** Which epoch key it is sealed under; 0 in key slots. */
  readonly epoch: number;
  readonly segmentBytes: number;
  /** 32 random bytes, never repeated; the first 16 are the name. */
  readonly salt: Uint8Array;
  readonly commitment: Uint8Array;
}

/** The 96 bytes of `header`, in a buffer of the caller's own. */
export function encodeHeader(header: ObjectHeader): Uint8Array {
  assert(header.salt.length === SALT_BYTES, 'a salt is 32 bytes');
  assert(header.commitment.length === COMMITMENT_BYTES, 'a commitment is 32 bytes');
  assert(isSegmentBytes(header.segmentBytes), 'not one of the four segment sizes');
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.set(MAGIC, 0);
  bytes[AT.version] = VERSION;
  bytes[AT.suite] = header.suite;
  bytes[AT.kind] = header.kind;
  bytes.writeUInt32BE(header.epoch, AT.epoch);
  bytes.writeUInt32BE(header.segmentBytes / KiB, AT.segmentKiB);
  bytes.set(header.salt, AT.salt);
  bytes.set(header.commitment, HEADER_PREFIX_BYTES);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
}

/**
 * Reads the first 96 bytes of an object; more may follow. Salt and commitment are copies.
 * @throws AppError `object/truncated` where there are fewer, `object/header` where they are none of ours
 */
export function decodeHeader(bytes: Uint8Array): ObjectHeader {
  if (bytes.length < HEADER_BYTES) {
    throw new AppError('object/truncated', 'an object ends inside its header');
  }
  const header = asBuffer(bytes).subarray(0, HEADER_BYTES);
  if (!header.subarray(0, MAGIC.length).equals(MAGIC)) throw invalid('it is no sealed object');
  if (header[AT.version] !== VERSION) {
    throw new AppError('object/header', 'an object has a format version we do not know', {
      hint: 'it is damaged, or a newer cybs3 wrote it: update and try again',
    });
  }
  const suite = codeOf(Suite, header[AT.suite]) ?? fail('its cipher suite is unknown');
  const kind = codeOf(ObjectKind, header[AT.kind]) ?? fail('its kind is unknown');
  const segmentBytes = header.readUInt32BE(AT.segmentKiB) * KiB;
  if (!isSegmentBytes(segmentBytes)) throw invalid('its segment size is not one of the four');
  if (!isAllZero(header.subarray(AT.zeros, AT.salt))) throw invalid('its reserved bytes are used');
  return {
    suite,
    kind,
    epoch: header.readUInt32BE(AT.epoch),
    segmentBytes,
    salt: Uint8Array.from(header.subarray(AT.salt, HEADER_PREFIX_BYTES)),
    commitment: Uint8Array.from(header.subarray(HEADER_PREFIX_BYTES)),
  };
}

/** The name of an object: 32 lower-case hex digits, the first half of its salt. */
export function objectName(salt: Uint8Array): string {
  return toHex(salt.subarray(0, NAME_BYTES));
}

function codeOf<T extends number>(
  codes: Readonly<Record<string, T>>,
  byte: unknown,
): T | undefined {
  return Object.values(codes).find((code) => code === byte);
}

function invalid(why: string): AppError {
  return new AppError('object/header', `an object's header is damaged: ${why}`);
}

function fail(why: string): never {
  throw invalid(why);
}
