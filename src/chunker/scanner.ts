/**
 * The scanner: finds a file's candidate positions and their values, in WebAssembly.
 *
 * - Gear hash of the 64 bytes before position `p`: h = Σ T[byte p-1-i] · 2^i mod 2^64, i = 0 … 63. The
 *   gear table T is 256 numbers of 64 bits: HMAC-SHA-256(gear-table key, one byte j) for j = 0 … 63,
 *   one after the other, cut into little-endian words of eight bytes.
 * - `p` is a *candidate* iff at least 65 bytes precede it in the file, the top 14 bits of h are zero,
 *   and the 65 bytes before it are not all the same (so that long runs of one byte hold none).
 * - Its *value* is the first four bytes, big-endian, of HMAC-SHA-256(boundary key, the 64 bytes before
 *   it). Values decide where chunks end (`boundary-finder.ts`): even one who knows T cannot foresee
 *   boundaries, nor learn a key from seeing them (ePrint 2025/558).
 * @module
 */
import { createHmac } from 'node:crypto';
import { assert } from '../base/failure.ts';
import { scanModule } from './scan-module.ts';
import { WebAssembly, type WasmMemory, type WasmModule } from '../base/web-assembly.ts';

/** A position's candidacy and value depend on this many bytes before it. */
export const WINDOW_BYTES = 65;

/** One call of `scan` takes at most this many positions. */
export const SCAN_POSITIONS = 65_536;

/** The 32-byte sub-keys of the dedup key: "cybs3/v1/gear-table" and "cybs3/v1/boundary". */
export interface ChunkerKeys {
  readonly gearTable: Uint8Array;
  readonly boundary: Uint8Array;
}

// the places in memory are those of scan.wat
const SECRET_END = 4096;
const KEY_AT = 128;
const GEAR_AT = 1024;
const POSITIONS_AT = 65_536;
const VALUES_AT = POSITIONS_AT + 4 * SCAN_POSITIONS;
const FILE_AT = VALUES_AT + 4 * SCAN_POSITIONS;
const PAGE_BYTES = 65_536;

interface ScanExports {
  readonly init: () => void;
  readonly scan: (from: number, count: number) => number;
}

/** One thread's scanner, with the keys and the file bytes in its own memory. */
export class BoundaryScanner {
  /** Where file bytes go, straight from `readSync`. Not shared, never moves. */
  readonly buffer: Uint8Array;
  readonly #memory: WasmMemory;
  readonly #found: DataView;
  readonly #scan: ScanExports['scan'];

  /**
   * @param keys copied into the scanner's memory; the caller may wipe them afterwards
   * @param bufferBytes length of `buffer`
   * @param module from the main thread's `scanModule`; a thread that has none compiles its own
   */
  constructor(keys: ChunkerKeys, bufferBytes: number, module: WasmModule = scanModule()) {
    assert(keys.gearTable.length === 32 && keys.boundary.length === 32, 'chunker keys: 32 bytes');
    const pages = Math.ceil((FILE_AT + bufferBytes) / PAGE_BYTES);
    this.#memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const instance = new WebAssembly.Instance(module, { host: { memory: this.#memory } });
    const exports = instance.exports as ScanExports;
    this.#scan = exports.scan;
    this.#found = new DataView(this.#memory.buffer, POSITIONS_AT, FILE_AT - POSITIONS_AT);
    this.buffer = new Uint8Array(this.#memory.buffer, FILE_AT, bufferBytes);
    this.#takeKeys(keys);
    exports.init();
  }

  #takeKeys(keys: ChunkerKeys): void {
    const memory = new Uint8Array(this.#memory.buffer, 0, SECRET_END);
    memory.set(keys.boundary, KEY_AT);
    for (let j = 0; j < 64; j++) {
      const part = createHmac('sha256', keys.gearTable).update(Uint8Array.of(j)).digest();
      memory.set(part, GEAR_AT + 32 * j);
      part.fill(0);
    }
  }

  /**
   * Finds the candidates among positions `from` to `to` (inclusive; offsets in `buffer`, at most
   * `SCAN_POSITIONS` of them). The bytes from `from - 65` to `to` must be there.
   * @returns how many; `position(i)` and `value(i)` tell them, ascending, until the next call
   */
  scan(from: number, to: number): number {
    const count = to - from + 1;
    assert(from >= WINDOW_BYTES && to <= this.buffer.length, 'scan: positions inside the buffer');
    assert(count >= 1 && count <= SCAN_POSITIONS, 'scan: a block of positions');
    return this.#scan(FILE_AT + from, count);
  }

  /** The position of candidate `i` of the last scan, an offset in `buffer`. */
  position(i: number): number {
    return this.#found.getUint32(4 * i, true) - FILE_AT;
  }

  /** The value of candidate `i` of the last scan, 0 … 2^32 - 1. */
  value(i: number): number {
    return this.#found.getUint32(4 * (SCAN_POSITIONS + i), true);
  }

  /** Overwrites the keys and the file bytes. The scanner is of no use afterwards. */
  wipe(): void {
    new Uint8Array(this.#memory.buffer).fill(0);
  }
}
