/**
 * Where a zstd frame ends (RFC 8878, 3.1.1), told from its headers alone.
 * @module
 */

const MAGIC = 0xfd2fb528;
const LAST_BLOCK = 1;
const RLE_BLOCK = 1;
const RESERVED_BLOCK = 3;

/**
 * Whether `bytes` are one frame, from its first byte to its last. What the blocks hold is not looked at.
 * A context that is given such a frame is done with it afterwards, or has said that it is damaged.
 */
export function isOneFrame(bytes: Buffer): boolean {
  if (bytes.length < 9 || bytes.readUInt32LE(0) !== MAGIC) return false;
  const descriptor = bytes.readUInt8(4);
  const hasChecksum = (descriptor & 4) !== 0;
  let at = 5 + headerFieldBytes(descriptor);
  for (;;) {
    if (at + 3 > bytes.length) return false;
    const header = bytes.readUIntLE(at, 3);
    const type = (header >> 1) & 3;
    if (type === RESERVED_BLOCK) return false;
    at += 3 + (type === RLE_BLOCK ? 1 : header >> 3);
    if ((header & LAST_BLOCK) !== 0) return at + (hasChecksum ? 4 : 0) === bytes.length;
  }
}

/** Window descriptor, dictionary id and content size: which of them are there, and how long. */
function headerFieldBytes(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryIdBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const shortSize = isSingleSegment ? 1 : 0;
  const contentSizeBytes = [shortSize, 2, 4, 8][descriptor >> 6] ?? 0;
  return (isSingleSegment ? 0 : 1) + dictionaryIdBytes + contentSizeBytes;
}
