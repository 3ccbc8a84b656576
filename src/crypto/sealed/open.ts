/**
 * Opening: nothing is accepted that was not sealed with these keys, in this vault, as this object, whole.
 *
 * Checked in this order, and before anything is decrypted: header, kind, name, epoch, commitment, length.
 * Then each segment: its length, its nonce, its tag.
 * @module
 */
import { timingSafeEqual } from 'node:crypto';
import { asBuffer } from '../../base/bytes.ts';
import { AppError, assert } from '../../base/failure.ts';
import type { FailureCode } from '../../base/failure.ts';
import { deriveObjectKeys } from '../derive.ts';
import type { Secret } from '../secret.ts';
import {
  HEADER_BYTES,
  HEADER_PREFIX_BYTES,
  ObjectKind,
  decodeHeader,
  objectName,
} from './header.ts';
import type { ObjectHeader } from './header.ts';
import { readSegment, readSegmentInto } from './segment.ts';
import type { SegmentKeys } from './segment.ts';
import { SEGMENT_OVERHEAD_BYTES, plainBytesOf, segmentCount } from './sizes.ts';

/** What opening needs. The keys are borrowed. */
export interface OpenContext {
  readonly vaultId: Uint8Array;
  /** @returns `undefined` where that epoch is unknown */
  epochKey(epoch: number): Secret | undefined;
}

/** What the object was asked for as. */
export interface Expected {
  readonly kind: ObjectKind;
  /** The 32 hex digits it was asked for under. */
  readonly name?: string;
}

/** Opens an object segment by segment, in any order. */
export class ObjectOpener {
  readonly header: ObjectHeader;
  readonly plainBytes: number;
  readonly segments: number;
  readonly #keys: SegmentKeys;
  readonly #name: string;

  /**
   * @param header at least the first 96 bytes of the object
   * @param sealedTotal the length of the whole sealed object; it decides which segment is the last
   * @throws AppError `object/truncated`, `object/header`, `object/kind` (it is of another kind),
   *   `object/name` (it is another object), `object/epoch` (no key of its epoch), `object/commitment`
   *   (another key or vault, or an edited header)
   */
  constructor(context: OpenContext, header: Uint8Array, expected: Expected, sealedTotal: number) {
    this.header = decodeHeader(header);
    this.#name = objectName(this.header.salt);
    checkIdentity(this.header, this.#name, expected);
    this.#keys = deriveKeys(context, this.header, header, this.#name);
    this.plainBytes = plainBytesOf(sealedTotal, this.header.segmentBytes);
    this.segments = segmentCount(this.plainBytes, this.header.segmentBytes);
  }

  /**
   * @param sealed the whole segment, nonce and tag included
   * @returns the plaintext, in a buffer of the caller's own
   * @throws AppError `object/truncated` where it has not this segment's length, `object/segment` where it
   *   is not this segment as it was sealed
   */
  openSegment(index: number, sealed: Uint8Array): Uint8Array {
    this.#checkLength(index, 1, sealed);
    const plain = readSegment(this.#keys, index, sealed);
    if (plain === undefined) throw this.#refused(index);
    return plain;
  }

  /**
   * As `openSegment`, into memory of the caller's.
   * @param out the plaintext goes to `out` from `at` on; zeros are left there where it is refused. It may be the
   *   memory that `sealed` lies in, from its start on or further ahead
   * @returns how long the plaintext is
   */
  openSegmentInto(index: number, sealed: Uint8Array, out: Uint8Array, at: number): number {
    this.#checkLength(index, 1, sealed);
    if (!readSegmentInto(this.#keys, index, sealed, out, at)) throw this.#refused(index);
    return sealed.length - SEGMENT_OVERHEAD_BYTES;
  }

  /**
   * Opens consecutive segments.
   * @param sealed whole segments, back to back, the first of them number `firstSegment`
   * @returns their plaintext, in a buffer of the caller's own
   * @throws as `openSegment`
   */
  openRange(firstSegment: number, sealed: Uint8Array): Uint8Array {
    const { segmentBytes } = this.header;
    const stride = segmentBytes + SEGMENT_OVERHEAD_BYTES;
    const count = Math.max(1, Math.ceil(sealed.length / stride));
    if (count === 1) return this.openSegment(firstSegment, sealed);
    this.#checkLength(firstSegment, count, sealed);
    // Not zeroed first: every byte is written below, or it throws.
    const plain = Buffer.allocUnsafeSlow(sealed.length - count * SEGMENT_OVERHEAD_BYTES);
    for (let i = 0; i < count; i++) {
      const part = sealed.subarray(i * stride, (i + 1) * stride);
      const isOpened = readSegmentInto(this.#keys, firstSegment + i, part, plain, i * segmentBytes);
      if (!isOpened) throw this.#refused(firstSegment + i);
    }
    return plain;
  }

  /**
   * As `openRange`, the plaintext in the memory of `sealed`, from its start on.
   * @returns a view of it
   */
  openRangeInPlace(firstSegment: number, sealed: Uint8Array): Uint8Array {
    const { segmentBytes } = this.header;
    const stride = segmentBytes + SEGMENT_OVERHEAD_BYTES;
    const count = Math.max(1, Math.ceil(sealed.length / stride));
    this.#checkLength(firstSegment, count, sealed);
    for (let i = 0; i < count; i++) {
      const part = sealed.subarray(i * stride, (i + 1) * stride);
      this.openSegmentInto(firstSegment + i, part, sealed, i * segmentBytes);
    }
    return sealed.subarray(0, sealed.length - count * SEGMENT_OVERHEAD_BYTES);
  }

  /** Wipes the key; nothing can be opened afterwards. */
  [Symbol.dispose](): void {
    this.#keys.key.fill(0);
  }

  /** Whether `sealed` is as long as `count` segments of this object from `first` on. */
  #checkLength(first: number, count: number, sealed: Uint8Array): void {
    assert(Number.isInteger(first) && first >= 0 && first < this.segments, 'no such segment');
    const { segmentBytes } = this.header;
    const end = Math.min(this.plainBytes, (first + count) * segmentBytes);
    const expected = end - first * segmentBytes + count * SEGMENT_OVERHEAD_BYTES;
    if (first + count > this.segments || sealed.length !== expected) {
      const bytes = `${sealed.length} bytes came of the segments from ${first} on`;
      throw this.#damaged('object/truncated', `${bytes}, which is no whole number of them`);
    }
  }

  #refused(index: number): AppError {
    return this.#damaged('object/segment', `segment ${index} is not what was written`);
  }

  #damaged(code: FailureCode, why: string): AppError {
    return new AppError(code, `object ${this.#name} is damaged: ${why}`);
  }
}

/**
 * Opens a whole object in memory.
 * @returns its plaintext, in a buffer of the caller's own
 * @throws AppError, the codes of `ObjectOpener`
 */
export function openObject(
  context: OpenContext,
  bytes: Uint8Array,
  expected: Expected,
): Uint8Array {
  using opener = new ObjectOpener(context, bytes, expected, bytes.length);
  return opener.openRange(0, bytes.subarray(HEADER_BYTES));
}

/**
 * As `openObject`, where `bytes` are the caller's own: the plaintext takes their place. Of one that is refused zeros
 * are left, from the segment on that was.
 * @returns a view of the plaintext in `bytes`
 */
export function openObjectInPlace(
  context: OpenContext,
  bytes: Uint8Array,
  expected: Expected,
): Uint8Array {
  using opener = new ObjectOpener(context, bytes, expected, bytes.length);
  return opener.openRangeInPlace(0, bytes.subarray(HEADER_BYTES));
}

function checkIdentity(header: ObjectHeader, name: string, expected: Expected): void {
  if (header.kind !== expected.kind) {
    const [is, wanted] = [kindName(header.kind), kindName(expected.kind)];
    throw new AppError(
      'object/kind',
      `object ${name} is marked ${is}, and ${wanted} was asked for`,
    );
  }
  if (expected.name !== undefined && name !== expected.name) {
    throw new AppError('object/name', `object ${name} came under the name ${expected.name}`);
  }
}

function deriveKeys(
  context: OpenContext,
  header: ObjectHeader,
  bytes: Uint8Array,
  name: string,
): SegmentKeys {
  const epochKey = context.epochKey(header.epoch);
  if (epochKey === undefined) {
    const message = `object ${name} is sealed under key epoch ${header.epoch}, which is unknown`;
    throw new AppError('object/epoch', message);
  }
  const prefix = asBuffer(bytes).subarray(0, HEADER_PREFIX_BYTES);
  const keys = deriveObjectKeys(epochKey, prefix, context.vaultId);
  if (!timingSafeEqual(keys.commitment, header.commitment)) {
    keys.key.fill(0);
    const message = `object ${name} is of another vault or key, or its header was changed`;
    throw new AppError('object/commitment', message);
  }
  const aad = Uint8Array.from(bytes.subarray(0, HEADER_BYTES));
  return { suite: header.suite, key: keys.key, baseNonce: keys.baseNonce, header: aad };
}

function kindName(kind: ObjectKind): string {
  return Object.entries(ObjectKind).find(([, code]) => code === kind)?.[0] ?? String(kind);
}
