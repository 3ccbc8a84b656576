/**
 * Bytes that were once valid: what a decoder is most likely to go wrong with.
 * @module
 */
import fc from 'fast-check';

/** Numbers that lengths and counts in a layout are replaced by. */
const EXTREMES = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];

type Edit = (bytes: Buffer) => Buffer;

/** A place in bytes of any length. */
const place = fc.nat(2 ** 30);
const at = (bytes: Buffer, where: number): number => where % Math.max(1, bytes.length);

const flip = fc.tuple(place, fc.nat(7)).map(([where, bit]): Edit => (bytes) => {
  const i = at(bytes, where);
  if (bytes.length > 0) bytes[i] = (bytes[i] ?? 0) ^ (1 << bit);
  return bytes;
});

const set = fc.tuple(place, fc.nat(255)).map(([where, value]): Edit => (bytes) => {
  if (bytes.length > 0) bytes[at(bytes, where)] = value;
  return bytes;
});

/** Most layouts have their numbers near the start. */
const setNumber = fc
  .tuple(fc.oneof(place, fc.nat(40)), fc.constantFrom(...EXTREMES), fc.boolean())
  .map(([where, value, isLittle]): Edit => (bytes) => {
    if (bytes.length < 4) return bytes;
    const i = where % (bytes.length - 3);
    if (isLittle) bytes.writeUInt32LE(value, i);
    else bytes.writeUInt32BE(value, i);
    return bytes;
  });

const cut = place.map(
  (where): Edit =>
    (bytes) =>
      bytes.subarray(0, at(bytes, where)),
);

const remove = fc.tuple(place, fc.nat(64)).map(([where, count]): Edit => (bytes) => {
  const i = at(bytes, where);
  return Buffer.concat([bytes.subarray(0, i), bytes.subarray(i + count)]);
});

const insert = fc
  .tuple(place, fc.uint8Array({ minLength: 1, maxLength: 32 }))
  .map(([where, more]): Edit => (bytes) => {
    const i = at(bytes, where);
    return Buffer.concat([bytes.subarray(0, i), more, bytes.subarray(i)]);
  });

/** A part once more, somewhere else. */
const repeat = fc.tuple(place, place, fc.nat(64)).map(([from, to, count]): Edit => (bytes) => {
  const [i, j] = [at(bytes, from), at(bytes, to)];
  return Buffer.concat([bytes.subarray(0, j), bytes.subarray(i, i + count), bytes.subarray(j)]);
});

const edit = fc.oneof(flip, set, setNumber, cut, remove, insert, repeat);

/** `bytes` with one to a few things wrong with them. */
export function mutated(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  return fc
    .array(edit, { minLength: 1, maxLength: 5 })
    .map((edits) => edits.reduce<Buffer>((now, change) => change(now), Buffer.from(bytes)));
}
