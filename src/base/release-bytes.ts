/**
 * Giving big buffers back before the garbage collector would.
 * @module
 */

/** Less is not worth the call. */
const WORTH_IT_BYTES = 4096;

/**
 * Gives the memory behind `bytes` back at once, instead of at some later collection: until then it counts, and full
 * collections come for it. All of that memory must be the caller's own, and is gone afterwards; shared memory, and
 * the pool that Node cuts small buffers out of, are left alone.
 */
export function releaseBytes(bytes: Uint8Array): void {
  const memory = bytes.buffer;
  if (!(memory instanceof ArrayBuffer) || memory.byteLength < WORTH_IT_BYTES) return;
  // What fills its memory is no piece of the pool.
  const isWhole = memory.byteLength === bytes.byteLength;
  if (isWhole || memory.byteLength !== Buffer.poolSize) memory.transfer(0);
}
