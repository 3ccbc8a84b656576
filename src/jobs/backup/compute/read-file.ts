/**
 * Reads files and saves their chunks. Synchronous: one chunk at a time goes through all stages while it is
 * in the cache.
 * @module
 */
import { closeSync, fstatSync } from 'node:fs';
import { AppError } from '../../../base/failure.ts';
import { cutRegion } from '../../../chunker/cut.ts';
import { cutParametersFor } from '../../../chunker/parameters.ts';
import type { BoundaryScanner } from '../../../chunker/scanner.ts';
import { loadHoleFinder, skipHoles } from '../../../files/read/hole-finder.ts';
import { hasChanged, openEntryFile, readFailureOf } from '../../../files/read/open-entry-file.ts';
import type { KnownFile } from '../../../files/read/open-entry-file.ts';
import type { FileVersion } from '../../../files/read/file-version.ts';
import { versionOf } from '../../../files/read/file-version.ts';
import { readFully } from '../../../files/read/read-fully.ts';
import type { ReadFailed, RegionResult, RegionTask } from '../messages.ts';
import { Counter } from '../messages.ts';
import { IdList } from './id-list.ts';
import type { ChunkSaver } from './save-chunk.ts';

export interface FileToRead {
  readonly osPath: Buffer;
  readonly known: KnownFile;
  readonly fileBytes: number;
  readonly sparse: boolean;
}

export interface FileRead {
  readonly ids: Uint8Array<ArrayBuffer>;
  readonly version: FileVersion;
  /** It was written to while it was read. */
  readonly changed: boolean;
}

export class FileReader {
  readonly #scanner: BoundaryScanner;
  readonly #saver: ChunkSaver;
  readonly #counters: Float64Array;
  readonly #ids = new IdList();

  constructor(scanner: BoundaryScanner, saver: ChunkSaver, counters: Float64Array) {
    this.#scanner = scanner;
    this.#saver = saver;
    this.#counters = counters;
  }

  /** Reads a whole file. */
  readFile(file: FileToRead): FileRead | ReadFailed {
    const task = { ...file, type: 'region' as const, start: 0, end: Infinity };
    const result = this.readRegion(task);
    if ('failed' in result) return result;
    this.#count(Counter.filesRead, 1);
    return result;
  }

  /** Reads the chunks that start in a region of a file. */
  readRegion(task: RegionTask): RegionResult | ReadFailed {
    try {
      const fd = openEntryFile(Buffer.from(task.osPath), task.known);
      try {
        return this.#readOpen(fd, task);
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      if (error instanceof AppError && error.code !== 'files/read') throw error;
      if (!(error instanceof AppError) && !isSystemError(error)) throw error;
      const message = error instanceof Error ? error.message : 'it cannot be read';
      return { failed: { reason: readFailureOf(error), message } };
    }
  }

  #readOpen(fd: number, task: RegionTask): RegionResult {
    const version = versionOf(fstatSync(fd, { bigint: true }));
    // Reading stops where the file ended when it was opened: one that keeps growing must not hold us.
    const limit = version.size;
    const readData = (target: Uint8Array, position: number) => {
      const length = Math.min(target.length, limit - position);
      if (length <= 0) return 0;
      const bytes = readFully(fd, target.subarray(0, length), position);
      this.#count(Counter.bytesRead, bytes);
      return bytes;
    };
    const findData = task.sparse ? loadHoleFinder() : undefined;
    const read = findData ? skipHoles(fd, limit, findData, readData) : readData;
    this.#ids.reset();
    const emit = (chunk: Uint8Array) => this.#ids.add(this.#saver.saveData(chunk, task.sparse));
    const parameters = cutParametersFor(task.fileBytes);
    const region = { start: task.start, end: task.end, parameters };
    const { firstOffset, endOffset } = cutRegion(this.#scanner, read, region, emit);
    const changed = hasChanged(fd, version);
    const isWhole = task.start === 0 && task.end === Infinity;
    // What was read is what is saved, also of a file that was cut short meanwhile.
    const size = isWhole ? Math.max(endOffset, 0) : version.size;
    return {
      ids: this.#ids.take(),
      firstOffset,
      endOffset,
      version: { ...version, size },
      changed,
    };
  }

  /** Reads a stream to its end. */
  readStream(read: (target: Uint8Array) => number): {
    ids: Uint8Array<ArrayBuffer>;
    bytes: number;
  } {
    this.#ids.reset();
    let bytes = 0;
    const emit = (chunk: Uint8Array) => {
      bytes += chunk.length;
      this.#ids.add(this.#saver.saveData(chunk, false));
    };
    const count = (target: Uint8Array) => {
      const length = read(target);
      this.#count(Counter.bytesRead, length);
      return length;
    };
    const parameters = cutParametersFor(STREAM_BYTES);
    cutRegion(this.#scanner, count, { start: 0, end: Infinity, parameters }, emit);
    return { ids: this.#ids.take(), bytes };
  }

  #count(counter: number, by: number): void {
    this.#counters[counter] = (this.#counters[counter] ?? 0) + by;
  }
}

/** A stream's length is not known in advance: it is cut as a file of 100 MiB. */
const STREAM_BYTES = 100 * 1024 * 1024;

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
