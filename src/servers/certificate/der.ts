/**
 * As much of DER (ITU-T X.690) as one certificate takes: each function gives tag, length and content.
 * @module
 */

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_ID = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;

export const DER_TRUE: Buffer = Buffer.of(0x01, 0x01, 0xff);

export function derSequence(...parts: readonly Uint8Array[]): Buffer {
  return derElement(SEQUENCE, ...parts);
}

export function derSet(...parts: readonly Uint8Array[]): Buffer {
  return derElement(SET, ...parts);
}

/** @param bytes big-endian, not negative: a zero is put in front where the first bit is set */
export function derInteger(bytes: Uint8Array): Buffer {
  const isNegative = ((bytes[0] ?? 0) & 0x80) !== 0;
  return derElement(INTEGER, isNegative ? Buffer.of(0) : Buffer.alloc(0), bytes);
}

/** @param unusedBits of the last byte */
export function derBitString(bytes: Uint8Array, unusedBits = 0): Buffer {
  return derElement(BIT_STRING, Buffer.of(unusedBits), bytes);
}

export function derOctetString(bytes: Uint8Array): Buffer {
  return derElement(OCTET_STRING, bytes);
}

export function derUtf8(text: string): Buffer {
  return derElement(UTF8_STRING, Buffer.from(text));
}

/** @param dotted such as `2.5.29.17` */
export function derObjectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return derElement(OBJECT_ID, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** Two digits of the year up to 2049 and four from then on: RFC 5280 §4.1.2.5. */
export function derTime(timeMs: number): Buffer {
  const date = new Date(timeMs);
  const text = `${date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;
  return date.getUTCFullYear() < 2050
    ? derElement(UTC_TIME, Buffer.from(text.slice(2)))
    : derElement(GENERALIZED_TIME, Buffer.from(text));
}

/** `[number]` around whole elements. */
export function derExplicit(number: number, ...parts: readonly Uint8Array[]): Buffer {
  return derElement(0xa0 | number, ...parts);
}

/** `[number]` in place of an element's own tag. */
export function derImplicit(number: number, content: Uint8Array): Buffer {
  return derElement(0x80 | number, content);
}

function derElement(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(content.length)]), content]);
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}
