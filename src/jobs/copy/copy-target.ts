/**
 * The vault that is copied into: what it has, and how something is added to it.
 * @module
 */
import { MiB } from '../../base/units.ts';
import { createPathCutter } from '../../chunker/manifest-cut.ts';
import { createChunkIdentifier } from '../../crypto/chunk-id.ts';
import { deriveDedupKeys } from '../../crypto/derive.ts';
import type { PathKey } from '../../format/entry.ts';
import { ChunkLoader } from '../../vault/chunk-loader.ts';
import type { WritingView } from '../../vault/commit/writing-view.ts';
import { openForWriting } from '../../vault/commit/writing-view.ts';
import type { GcState } from '../../vault/gc/gc-state.ts';
import type { ChunkTable } from '../../vault/index/chunk-table.ts';
import { loadIndex } from '../../vault/index/load-index.ts';
import type { NodeSource } from '../../vault/manifest/manifest-reader.ts';
import { PackSink } from '../../vault/pack/pack-sink.ts';
import type { Vault } from '../../vault/vault.ts';

const NODE_CACHE_BYTES = 32 * MiB;
/** Nodes and lists are cut anew: there may be more of them than there were. */
const EXTRA_CHUNKS = 4_000_000;

export interface CopyTarget {
  readonly vault: Vault;
  readonly view: WritingView;
  /** What is there or was claimed. Whoever claims a chunk adds it to the sink. */
  readonly chunks: ChunkTable;
  /** Manifest nodes and lists of chunks that are there. */
  readonly nodes: NodeSource;
  readonly identify: (chunk: Uint8Array) => Uint8Array;
  readonly startsNode: (path: PathKey, averageLog2: number) => boolean;
  readonly sink: PackSink;
}

export interface TargetOptions {
  /** What was loaded just now. */
  readonly gc: GcState;
  /** Chunks that may be added. */
  readonly extraChunks: number;
  /** Nothing condemned is relied on: for a second attempt. */
  readonly avoidsAll: boolean;
  readonly signal: AbortSignal;
}

/** @throws AppError `object/…`, `format/invalid` for a damaged index, `store/…` */
export async function openCopyTarget(
  vault: Vault,
  { gc, extraChunks, avoidsAll, signal }: TargetOptions,
): Promise<CopyTarget> {
  const room = { extraChunks: extraChunks + EXTRA_CHUNKS, avoidsAll, signal };
  const view = await openForWriting(vault, gc, room);
  // Snapshots that count may lie in condemned packs until the next prune pardons them.
  const readable = view.avoided.size > 0 ? await loadIndex(vault, { signal }) : view.index;
  using keys = deriveDedupKeys(vault.keys.dedupKey);
  return {
    vault,
    view,
    chunks: view.index.chunks,
    nodes: new ChunkLoader(vault, readable, { cacheBytes: NODE_CACHE_BYTES, signal }),
    identify: createChunkIdentifier(keys.chunkId),
    startsNode: keys.manifestCut.use((key) => createPathCutter(Uint8Array.from(key))),
    sink: new PackSink({ vault, signal }),
  };
}
