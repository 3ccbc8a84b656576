/**
 * The frame of every sealed object but a pack: `length u64 || content || zeros`, padded to Padmé so that
 * the object's size says little about its content's.
 * @module
 */
import { asBuffer, isAllZero } from '../base/bytes.ts';
import { AppError } from '../base/failure.ts';
import { padmeLength } from '../base/padme.ts';

const LENGTH_BYTES = 8;

/** Wraps `content` for sealing. The result's length is a Padmé length. */
export function encodeFrame(content: Uint8Array): Uint8Array {
  const frame = Buffer.alloc(padmeLength(LENGTH_BYTES + content.length));
  frame.writeBigUInt64BE(BigInt(content.length), 0);
  frame.set(content, LENGTH_BYTES);
  return frame;
}

/**
 * Unwraps a frame; the result is a view into it.
 * @throws AppError `object/padding` where the length, the padded length or the zeros are not as written
 */
export function decodeFrame(frame: Uint8Array, what: string): Uint8Array {
  const bytes = asBuffer(frame);
  if (bytes.length < LENGTH_BYTES) throw paddingError(what);
  const length = Number(bytes.readBigUInt64BE(0));
  const end = LENGTH_BYTES + length;
  if (end > bytes.length || padmeLength(end) !== bytes.length) throw paddingError(what);
  if (!isAllZero(bytes.subarray(end))) throw paddingError(what);
  return bytes.subarray(LENGTH_BYTES, end);
}

function paddingError(what: string): AppError {
  return new AppError('object/padding', `${what} is damaged: its length and padding do not agree`);
}
