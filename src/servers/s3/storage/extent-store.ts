/**
 * The bytes of objects on disk: sealed, each extent in a file that is written once and never changed, or handed
 * back to be kept in the catalog where it is small.
 * @module
 */
import type { Extent } from '../model/object-version.ts';

export interface WrittenExtent {
  readonly extent: Extent;
  /** The sealed bytes of a small one, for the catalog. */
  readonly inline: Buffer | undefined;
}

export interface WriteOptions {
  /** Pieces, and the memory that they fill, are the store's: else uploads feed the collector. */
  readonly ownsPieces?: boolean;
}

export interface ExtentStore {
  /**
   * Seals what comes and makes it durable. Nobody can see it until the catalog names it; what is never named is
   * swept away later.
   * @param dataKey 32 bytes; the extent's own key is derived from it and the extent's id
   * @throws S3Error `InsufficientStorage` where the disk is full; whatever `source` throws. Nothing stays then
   */
  write(
    dataKey: Uint8Array,
    source: AsyncIterable<Buffer>,
    options?: WriteOptions,
  ): Promise<WrittenExtent>;

  /**
   * The plain bytes from `start` to `end` (not included), verified. Each piece is to be given back.
   * @throws S3Error `InternalError` where what is stored was damaged
   */
  read(
    extent: Extent,
    dataKey: Uint8Array,
    range?: { readonly start: number; readonly end: number },
  ): AsyncIterable<Buffer>;

  /** Takes back the memory of a piece that nobody looks at any more. What is not given back only costs time. */
  readonly giveBack: (piece: Buffer) => void;

  /**
   * As `read`, at once.
   * @param extent one that `isInline`
   * @throws S3Error as `read`
   */
  readInline(
    extent: Extent,
    dataKey: Uint8Array,
    range: { readonly start: number; readonly end: number },
  ): Buffer;

  /**
   * Keeps extents readable even where their object is overwritten or deleted meanwhile: for as long as it takes. What
   * is not held can be read for some seconds more (`upkeep/start-upkeep.ts`).
   * @returns to be disposed of once they were read
   */
  hold(extents: readonly Extent[]): Disposable;

  /** Takes away an extent that no catalog entry names (any more): after a failed commit, for one. */
  discard(extent: Extent): Promise<void>;

  /** Bytes on disk and bytes free there, for metrics and for refusing in time. */
  room(): Promise<{ readonly freeBytes: number }>;

  close(): Promise<void>;
}
