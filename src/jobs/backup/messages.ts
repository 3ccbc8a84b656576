/**
 * What the three kinds of threads of a backup say to each other.
 *
 *     walk thread --batches--> main thread --tasks--> compute threads --packs, results--> main thread
 *
 * Large bytes are transferred or lie in shared memory; nothing is sent per chunk.
 * @module
 */
import type { WasmModule } from '../../base/web-assembly.ts';
import type { KeyMaterial } from '../../crypto/vault-keys.ts';
import type { FileVersion } from '../../files/read/file-version.ts';
import type { KnownFile } from '../../files/read/open-entry-file.ts';
import type { CompressionMode } from '../../format/compress.ts';
import type { SnapshotTotals } from '../../format/snapshot.ts';
import type { ChunkTableShared } from '../../vault/index/chunk-table.ts';
import type { PackSlotsShared } from '../../vault/pack/pack-slots.ts';
import type { FinishedPack } from '../../vault/pack/pack-writer.ts';
import type { PackRoom } from '../../vault/pack-key.ts';
import type { FileProblem, Notice, PathReport } from '../events.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** A fence without what only the finished node tells. */
export interface NodeSummary {
  /** First path in the node. */
  readonly path: Bytes;
  readonly totals: SnapshotTotals;
}

/** A node whose files at `reads` (entry numbers) have to be read before it can be stored. */
export interface WalkedBatch {
  readonly node: Bytes;
  readonly reads: Uint32Array<ArrayBuffer>;
  /** Those of `reads` that the parent has as well. */
  readonly changed: Uint32Array<ArrayBuffer>;
  /** Size of the largest of those files, and of all of them. */
  readonly largestReadBytes: number;
  readonly readBytes: number;
}

export interface WalkSetup {
  readonly roots: readonly Uint8Array[];
  readonly exclude: readonly string[];
  readonly include: readonly string[];
  readonly ignoreFiles: readonly string[];
  readonly excludeCaches: boolean;
  readonly excludeLargerThanBytes: number | undefined;
  readonly oneFileSystem: boolean;
  readonly dryRun: boolean;
  readonly reportPaths: boolean;
  readonly hasParent: boolean;
  readonly keys: KeyMaterial;
  readonly chunks: ChunkTableShared;
  /** Float64: this thread's row of counters. */
  readonly counters: SharedArrayBuffer;
  /** Int32: [batches under way, parent nodes delivered]. */
  readonly control: SharedArrayBuffer;
}

export type WalkMessage =
  /** A node that the vault has already, or that needs no reading and only has to be stored. */
  | { readonly type: 'node'; readonly summary: NodeSummary; readonly id: Bytes }
  | { readonly type: 'store'; readonly summary: NodeSummary; readonly node: Bytes }
  | ({ readonly type: 'batch' } & WalkedBatch)
  | { readonly type: 'problems'; readonly problems: readonly FileProblem[] }
  | { readonly type: 'paths'; readonly paths: readonly PathReport[] }
  | Notice
  /** The next node of the parent's manifest is wanted. */
  | { readonly type: 'parent' }
  /** Asks whether all chunks are stored that these list chunks name. */
  | { readonly type: 'lists'; readonly lists: Bytes }
  | { readonly type: 'end' }
  | { readonly type: 'failed'; readonly error: SentFailure };

export interface ComputeSetup {
  readonly keys: KeyMaterial;
  readonly chunks: ChunkTableShared;
  readonly dataSlots: PackSlotsShared;
  readonly metaSlots: PackSlotsShared;
  readonly dataPackBytes: number;
  readonly metaPackBytes: number;
  readonly compression: CompressionMode;
  readonly scanModule: WasmModule;
  /** Float64: this thread's row of counters. */
  readonly counters: SharedArrayBuffer;
}

/** Content of one file of a batch that was read apart. */
export interface AttachedFile {
  /** Entry number in the batch's node. */
  readonly entry: number;
  /** Chunk ids; absent where the file could not be read. */
  readonly ids?: Bytes;
  readonly version?: FileVersion;
}

export interface RegionTask {
  readonly type: 'region';
  readonly osPath: Uint8Array;
  readonly known: KnownFile;
  readonly fileBytes: number;
  readonly start: number;
  /** `Infinity`: to the end of the file. */
  readonly end: number;
  readonly sparse: boolean;
}

export type ComputeTask =
  | {
      readonly type: 'batch';
      readonly node: Bytes;
      readonly reads: Uint32Array<ArrayBuffer>;
      readonly changed: Uint32Array<ArrayBuffer>;
      readonly attached: readonly AttachedFile[];
    }
  | RegionTask
  | { readonly type: 'stream'; readonly pipe: SharedArrayBuffer }
  | { readonly type: 'meta'; readonly chunk: Bytes }
  | { readonly type: 'flush' }
  | { readonly type: 'end' };

export interface BatchResult {
  /** Absent where nothing of the batch was left. */
  readonly node?: { readonly summary: NodeSummary; readonly id: Bytes };
  readonly problems: readonly FileProblem[];
  readonly lastPath: string;
}

export interface RegionResult {
  readonly ids: Bytes;
  /** Where the first chunk starts and the last one ends; -1 where no chunk starts in the region. */
  readonly firstOffset: number;
  readonly endOffset: number;
  readonly version: FileVersion;
  readonly changed: boolean;
}

export interface ReadFailed {
  readonly failed: { readonly reason: string; readonly message: string };
}

export interface TaskResults {
  batch: BatchResult;
  region: RegionResult | ReadFailed;
  stream: { readonly ids: Bytes; readonly bytes: number };
  meta: Bytes;
  flush: undefined;
  end: undefined;
}

export type ComputeMessage =
  | { readonly type: 'pack'; readonly room: PackRoom; readonly pack: FinishedPack }
  | { readonly type: 'done'; readonly result: TaskResults[keyof TaskResults] }
  | { readonly type: 'failed'; readonly error: SentFailure };

/** An error on its way between threads. */
export interface SentFailure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly stack?: string;
}

/** Columns of the counters that threads keep for the progress display. */
export const Counter = {
  filesFound: 0,
  bytesFound: 1,
  filesNew: 2,
  filesChanged: 3,
  filesUnmodified: 4,
  bytesUnmodified: 5,
  filesRead: 6,
  bytesRead: 7,
  bytesAdded: 8,
  chunksAdded: 9,
} as const;
export const COUNTERS = 10;
