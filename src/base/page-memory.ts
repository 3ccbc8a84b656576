/**
 * Shared memory that starts on a page boundary, which transfers past the page cache (`O_DIRECT`) need.
 * A plain `SharedArrayBuffer` comes from the allocator, some bytes behind its own header; the memory of a
 * WebAssembly module is mapped, in whole pages.
 * @module
 */
import { systemCode } from './failure.ts';
import { WebAssembly } from './web-assembly.ts';

/** What starts and ends on multiples of this can go past the page cache on every system we know. */
export const PAGE_BYTES = 4096;

const WASM_PAGE_BYTES = 65_536;

/** Zeroed memory of at least `bytes` bytes (at most 4 GiB). It takes real memory where it is touched. */
export function pageAlignedMemory(bytes: number): SharedArrayBuffer {
  const pages = Math.max(1, Math.ceil(bytes / WASM_PAGE_BYTES));
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }).buffer;
}

/**
 * Whether a transfer past the page cache failed because the file system cannot do it, or because memory or place does
 * not start on a page.
 */
export function cannotPassCache(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'EINVAL' || code === 'ENOTSUP' || code === 'EOPNOTSUPP';
}
