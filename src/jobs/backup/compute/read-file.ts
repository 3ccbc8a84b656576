/**
 * Reads files and saves their chunks. Synchronous: one chunk at a time goes through all stages while it is
 * in the cache.
 * @module
 */
import { closeSync } from 'node:fs';
import { asBuffer } from '../../../base/bytes.ts';
import { AppError } from '../../../base/failure.ts';
import { MiB } from '../../../base/units.ts';
import { cutRegion } from '../../../chunker/cut.ts';
import type { ReadAt } from '../../../chunker/file-window.ts';
import { cutParametersFor } from '../../../chunker/parameters.ts';
import type { BoundaryScanner } from '../../../chunker/scanner.ts';
import { loadHoleFinder, skipHoles } from '../../../files/read/hole-finder.ts';
import { hasChanged, openVersion, readFailureOf } from '../../../files/read/open-entry-file.ts';
import type { KnownFile, OpenedFile } from '../../../files/read/open-entry-file.ts';
import type { FileVersion } from '../../../files/read/file-version.ts';
import { wantSoon } from '../../../files/read/read-ahead.ts';
import { readFully } from '../../../files/read/read-fully.ts';
import { isTooLargeForCache, withReaderPastCache } from '../../../files/read/read-past-cache.ts';
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

  /** Opens a file that will be read soon; the disk may begin. `read` or the caller closes it. */
  open(file: FileToRead): OpenedFile | ReadFailed {
    const opened = attempt(() => openVersion(asBuffer(file.osPath), file.known));
    if (!('failed' in opened) && opened.version.size > 0) {
      wantSoon(opened.fd, 0, Math.min(opened.version.size, AHEAD_BYTES));
    }
    return opened;
  }

  /** Reads a whole file that is open, and closes it. */
  read(opened: OpenedFile, file: FileToRead): FileRead | ReadFailed {
    const task = { ...file, type: 'region' as const, start: 0, end: Infinity };
    const result = this.#readAndClose(opened, task);
    if (!('failed' in result)) this.#count(Counter.filesRead, 1);
    return result;
  }

  /** Reads the chunks that start in a region of a file. */
  readRegion(task: RegionTask): RegionResult | ReadFailed {
    const opened = attempt(() => openVersion(asBuffer(task.osPath), task.known));
    return 'failed' in opened ? opened : this.#readAndClose(opened, task);
  }

  #readAndClose(opened: OpenedFile, task: RegionTask): RegionResult | ReadFailed {
    return attempt(() => {
      try {
        return this.#readOpen(opened, task);
      } finally {
        closeSync(opened.fd);
      }
    });
  }

  #readOpen({ fd, version }: OpenedFile, task: RegionTask): RegionResult {
    const parameters = cutParametersFor(task.fileBytes);
    const isWhole = task.start === 0 && task.end === Infinity;
    // A file has its first boundary at `minBytes` or later, and that much before its end.
    const isOneChunk = isWhole && version.size > 0 && version.size < 2 * parameters.minBytes;
    if (isOneChunk) return this.#readOneChunk(fd, version, task.sparse);
    // Reading stops where the file ended when it was opened: one that keeps growing must not hold us.
    const limit = version.size;
    let wanted = isWhole ? AHEAD_BYTES : task.start;
    const plain = (target: Uint8Array, position: number) => {
      const length = Math.min(target.length, limit - position);
      if (position + AHEAD_BYTES > wanted && wanted < limit) {
        wantSoon(fd, wanted, AHEAD_BYTES);
        wanted += AHEAD_BYTES;
      }
      return length > 0 ? readFully(fd, target.subarray(0, length), position) : 0;
    };
    const findData = task.sparse ? loadHoleFinder() : undefined;
    this.#ids.reset();
    const emit = (chunk: Uint8Array) => this.#ids.add(this.#saver.saveData(chunk, task.sparse));
    const region = { start: task.start, end: task.end, parameters };
    const cut = (readData: ReadAt) => {
      const counted = this.#counted(readData);
      const read = findData ? skipHoles(fd, limit, findData, counted) : counted;
      return cutRegion(this.#scanner, read, region, emit);
    };
    const { firstOffset, endOffset } = isTooLargeForCache(limit)
      ? withReaderPastCache(fd, limit, plain, cut)
      : cut(plain);
    const changed = hasChanged(fd, version);
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

  /** Small files need no looking for boundaries. */
  #readOneChunk(fd: number, version: FileVersion, sparse: boolean): RegionResult {
    const target = this.#scanner.buffer.subarray(0, version.size);
    const size = readFully(fd, target, 0);
    this.#count(Counter.bytesRead, size);
    const changed = hasChanged(fd, version);
    const end = { version: { ...version, size }, changed };
    if (size === 0) return { ids: NO_IDS, firstOffset: -1, endOffset: -1, ...end };
    // The saver may keep its id: this is a copy.
    const ids = Uint8Array.from(this.#saver.saveData(target.subarray(0, size), sparse));
    return { ids, firstOffset: 0, endOffset: size, ...end };
  }

  /** A file that could not be read is no new one, nor a changed one: it is none in the snapshot. */
  countLost(wasKnown: boolean): void {
    this.#count(wasKnown ? Counter.filesChanged : Counter.filesNew, -1);
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
    const parameters = cutParametersFor(STREAM_BYTES);
    cutRegion(this.#scanner, this.#counted(read), { start: 0, end: Infinity, parameters }, emit);
    return { ids: this.#ids.take(), bytes };
  }

  #counted(read: ReadAt): ReadAt {
    return (target, position) => {
      const bytes = read(target, position);
      this.#count(Counter.bytesRead, bytes);
      return bytes;
    };
  }

  #count(counter: number, by: number): void {
    this.#counters[counter] = (this.#counters[counter] ?? 0) + by;
  }
}

const NO_IDS = new Uint8Array(0);

/** How far ahead of what is read the disk is asked for more. */
const AHEAD_BYTES = 2 * MiB;

/** A stream's length is not known in advance: it is cut as a file of 100 MiB. */
const STREAM_BYTES = 100 * MiB;

/** What concerns one file does not stop the others. */
function attempt<T>(work: () => T): T | ReadFailed {
  try {
    return work();
  } catch (error) {
    if (error instanceof AppError && error.code !== 'files/read') throw error;
    if (!(error instanceof AppError) && !isSystemError(error)) throw error;
    const message = error instanceof Error ? error.message : 'it cannot be read';
    return { failed: { reason: readFailureOf(error), message } };
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
