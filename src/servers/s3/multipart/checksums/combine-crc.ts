/**
 * The CRC of two stretches of bytes together, of the CRCs of each: nothing has to be read again.
 *
 * A CRC is a polynomial over GF(2), reflected: its top bit is the coefficient of x^0. Bytes that follow multiply
 * it by x^8 for each of them, modulo the CRC's polynomial; the CRC of what follows is added.
 * Source: zlib, crc32_combine; Mark Adler, "Combining CRCs".
 * @module
 */

/** 64 bits; those of a CRC of 32 bits are in `low`. */
interface Word {
  readonly high: number;
  readonly low: number;
}

export interface CrcField {
  readonly bits: 32 | 64;
  /** Reflected, without its leading term. */
  readonly polynomial: Word;
}

/** Source: RFC 1952 (CRC32), RFC 9260 (CRC32C), the NVMe base specification (CRC64NVME). */
export const CRC_FIELDS = {
  CRC32: { bits: 32, polynomial: { high: 0, low: 0xedb88320 } },
  CRC32C: { bits: 32, polynomial: { high: 0, low: 0x82f63b78 } },
  CRC64NVME: { bits: 64, polynomial: { high: 0x9a6c9329, low: 0xac4bc9b5 } },
} as const satisfies Readonly<Record<string, CrcField>>;

/** A stretch of bytes: its CRC (big-endian, 4 or 8 bytes) and its length. */
export interface Stretch {
  readonly crc: Uint8Array;
  readonly sizeBytes: number;
}

/** The CRC of all stretches in order, big-endian; of none, that of no bytes: zeros. */
export function combineCrcs(field: CrcField, stretches: Iterable<Stretch>): Buffer {
  const shifts = new Map<number, Word>();
  let total: Word = { high: 0, low: 0 };
  for (const { crc, sizeBytes } of stretches) {
    // Parts of an upload mostly have one length.
    let shift = shifts.get(sizeBytes);
    if (shift === undefined) shifts.set(sizeBytes, (shift = powerOfX(field, sizeBytes)));
    const moved = multiply(field, total, shift);
    const next = readWord(field, crc);
    total = { high: moved.high ^ next.high, low: moved.low ^ next.low };
  }
  return writeWord(field, total);
}

/** The CRC of bytes, bit by bit: for few of them. Big-endian. */
export function crcOf(field: CrcField, bytes: Uint8Array): Buffer {
  const { polynomial } = field;
  let high = -1;
  let low = -1;
  for (const byte of bytes) {
    low ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      const carry = -(low & 1);
      low = (low >>> 1) ^ (polynomial.low & carry);
      if (field.bits === 64) {
        low ^= high << 31;
        high = (high >>> 1) ^ (polynomial.high & carry);
      }
    }
  }
  return writeWord(field, { high: ~high, low: ~low });
}

/** x^(8 · sizeBytes). Sizes are beyond 32 bits, hence the division. */
function powerOfX(field: CrcField, sizeBytes: number): Word {
  let result = bitAt(field.bits - 1);
  let square = bitAt(field.bits - 1 - 8);
  for (let left = sizeBytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = multiply(field, result, square);
    square = multiply(field, square, square);
  }
  return result;
}

// The two loops below make no objects: ten thousand parts go through them while nothing else is written.

function multiply({ bits, polynomial }: CrcField, a: Word, b: Word): Word {
  let { high, low } = b;
  const sum = { high: 0, low: 0 };
  for (let at = bits - 1; at >= 0; at--) {
    const bit = at >= 32 ? a.high >>> (at - 32) : a.low >>> at;
    if (bit & 1) {
      sum.high ^= high;
      sum.low ^= low;
    }
    const carry = -(low & 1);
    low = ((low >>> 1) | (high << 31)) ^ (polynomial.low & carry);
    high = (high >>> 1) ^ (polynomial.high & carry);
  }
  return sum;
}

function bitAt(at: number): Word {
  return at >= 32 ? { high: (1 << (at - 32)) >>> 0, low: 0 } : { high: 0, low: (1 << at) >>> 0 };
}

function readWord({ bits }: CrcField, bytes: Uint8Array): Word {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bits / 8);
  return bits === 32
    ? { high: 0, low: view.getUint32(0) }
    : { high: view.getUint32(0), low: view.getUint32(4) };
}

function writeWord({ bits }: CrcField, { high, low }: Word): Buffer {
  const bytes = Buffer.alloc(bits / 8);
  if (bits === 64) bytes.writeUInt32BE(high >>> 0, 0);
  bytes.writeUInt32BE(low >>> 0, bits / 8 - 4);
  return bytes;
}
