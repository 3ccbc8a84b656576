/**
 * Opens the store of extents in a data folder.
 * @module
 */
import type { RandomBytes } from '../../../base/ports.ts';
import { releaseBytes } from '../../../base/release-bytes.ts';
import { KiB, MiB } from '../../../base/units.ts';
import type { ExtentIndex } from '../catalog/extent-index.ts';
import type { Extent } from '../model/object-version.ts';
import { DataFolder } from './data-folder.ts';
import { diskFailure } from './disk-failure.ts';
import { DiskRoom } from './disk-room.ts';
import { ExtentFile } from './extent-file.ts';
import { extentIds } from './extent-id.ts';
import { extentKey } from './sealing/extent-key.ts';
import type { ExtentStore, WriteOptions, WrittenExtent } from './extent-store.ts';
import { HeldExtents } from './held-extents.ts';
import { READ_BYTES, openInlineExtent, readExtent } from './read-extent.ts';
import { ReadMemory } from './read-memory.ts';
import { Sealer } from './sealing/sealer.ts';
import { openSealedFile, sealedBytesInMemory } from './sealed-source.ts';
import type { SealedSource } from './sealed-source.ts';
import { WriteMemory } from './write-memory.ts';

export interface ExtentStoreOptions {
  /** Of the server; must exist. */
  readonly folder: string;
  /** The catalog. */
  readonly index: ExtentIndex;
  readonly random: RandomBytes;
  /** Up to which size an extent is kept in the catalog. At most a segment. */
  readonly inlineBytesMax?: number;
  /** Kept free, so that on a full disk there is room left to delete something. */
  readonly reserveBytes?: number;
}

/** Measured: below, sharing the catalog's fsync is faster than a file of one's own. */
const INLINE_BYTES_MAX = 32 * KiB;
const RESERVE_BYTES = 32 * MiB;

/** @throws system errors where the folder cannot be written to */
export async function openExtentStore(options: ExtentStoreOptions): Promise<FileExtentStore> {
  const data = new DataFolder(options.folder);
  await data.make();
  return new FileExtentStore(data, options);
}

export class FileExtentStore implements ExtentStore {
  readonly #data: DataFolder;
  readonly #index: ExtentIndex;
  readonly #nextId: () => string;
  readonly #inlineBytesMax: number;
  readonly #room: DiskRoom;
  readonly #catalogRoom: DiskRoom;
  readonly #held = new HeldExtents();
  readonly #memory = new WriteMemory();
  readonly #readMemory = new ReadMemory(READ_BYTES);

  constructor(data: DataFolder, options: ExtentStoreOptions) {
    this.#data = data;
    this.#index = options.index;
    this.#nextId = extentIds(options.index.startNumber, options.random);
    this.#inlineBytesMax = options.inlineBytesMax ?? INLINE_BYTES_MAX;
    const reserveBytes = options.reserveBytes ?? RESERVE_BYTES;
    this.#room = new DiskRoom(data.path, reserveBytes);
    this.#catalogRoom = new DiskRoom(data.path, reserveBytes, () => this.#index.spareBytes());
  }

  async write(
    dataKey: Uint8Array,
    source: AsyncIterable<Buffer>,
    options: WriteOptions = {},
  ): Promise<WrittenExtent> {
    const id = this.#nextId();
    const giveBack = options.ownsPieces ? this.giveBack : undefined;
    const sealer = new Sealer(extentKey(dataKey, id), giveBack);
    let file: ExtentFile | undefined;
    try {
      for await (const piece of source) {
        sealer.push(piece);
        if (sealer.sizeBytes <= this.#inlineBytesMax) continue;
        file ??= await this.#createFile(id);
        await sealSegments(sealer, file);
      }
      return await this.#finish(id, sealer, file);
    } catch (error) {
      await file?.abandon();
      throw diskFailure(error);
    }
  }

  async #createFile(id: string): Promise<ExtentFile> {
    await this.#room.assertSome();
    return ExtentFile.create({ id, data: this.#data, memory: this.#memory });
  }

  async #finish(id: string, sealer: Sealer, file: ExtentFile | undefined): Promise<WrittenExtent> {
    sealer.end();
    if (file === undefined) return this.#finishInline(id, sealer);
    await sealSegments(sealer, file);
    sealer.sealLast(file.take);
    await file.finish();
    this.#room.took(sealer.storedBytes);
    return { extent: extentOf(id, sealer, false), inline: undefined };
  }

  async #finishInline(id: string, sealer: Sealer): Promise<WrittenExtent> {
    await this.#catalogRoom.assertSome();
    const sealed: Buffer[] = [];
    sealer.sealLast((bytes) => sealed.push(bytes));
    this.#catalogRoom.took(sealer.storedBytes);
    return { extent: extentOf(id, sealer, true), inline: Buffer.concat(sealed) };
  }

  read(
    extent: Extent,
    dataKey: Uint8Array,
    range = { start: 0, end: extent.sizeBytes },
  ): AsyncIterable<Buffer> {
    // Now: the owner of the data key wipes it when it is done with it.
    const key = extentKey(dataKey, extent.id);
    const start = Math.max(0, range.start);
    const end = Math.min(range.end, extent.sizeBytes);
    const open = (): Promise<SealedSource | undefined> => this.#open(extent);
    return readExtent({ extent, key, range: { start, end } }, open, this.#readMemory);
  }

  readonly giveBack = (piece: Buffer): void => {
    const isWhole = piece.length === piece.buffer.byteLength;
    if (!this.#readMemory.give(piece) && isWhole) releaseBytes(piece);
  };

  readInline(
    extent: Extent,
    dataKey: Uint8Array,
    range: { readonly start: number; readonly end: number },
  ): Buffer {
    const key = extentKey(dataKey, extent.id);
    return openInlineExtent({ extent, key, range }, this.#index.inlineBytes(extent.id));
  }

  async #open(extent: Extent): Promise<SealedSource | undefined> {
    if (!extent.isInline) return openSealedFile(this.#data.fileOf(extent.id));
    const bytes = this.#index.inlineBytes(extent.id);
    return bytes?.length === extent.storedBytes ? sealedBytesInMemory(bytes) : undefined;
  }

  hold(extents: readonly Extent[]): Disposable {
    return this.#held.hold(extents);
  }

  /** Whether a reader still wants the file. */
  isHeld(id: string): boolean {
    return this.#held.has(id);
  }

  async discard(extent: Extent): Promise<void> {
    // A commit of which nobody knows how it ended must not lose its bytes.
    if (extent.isInline || this.#index.namesFile(extent.id)) return;
    await this.#data.remove(extent.id);
  }

  async room(): Promise<{ readonly freeBytes: number }> {
    return { freeBytes: await this.#room.freeBytes() };
  }

  /** Where the files are, for the sweeper. */
  get data(): DataFolder {
    return this.#data;
  }

  async close(): Promise<void> {
    await this.#data.close();
  }
}

async function sealSegments(sealer: Sealer, file: ExtentFile): Promise<void> {
  while (sealer.hasSegment) {
    sealer.sealSegment(file.take);
    if (file.isFull) await file.flush();
  }
}

function extentOf(id: string, sealer: Sealer, isInline: boolean): Extent {
  const { sizeBytes, storedBytes, crc32 } = sealer;
  return { id, sizeBytes, storedBytes, crc32, isInline };
}
