/**
 * What the main thread and the restore workers say to each other.
 * @module
 */
import type { KeyMaterial } from '../../../crypto/vault-keys.ts';
import type { Identity } from '../../../files/restore/metadata/owners.ts';
import type { PackRoom } from '../../../vault/pack-key.ts';
import type { ChunkTableShared } from '../../../vault/index/chunk-table.ts';
import type { WindowShared } from '../plan/window.ts';

/** What a worker is told first. */
export interface WorkerStart {
  readonly keys: KeyMaterial;
  readonly chunks: ChunkTableShared;
  /** The target; the handle stays the main thread's. */
  readonly root: { readonly path: Uint8Array; readonly fd: number };
  readonly owner: boolean;
  readonly identity: Identity | undefined;
}

/** Begins a window; one may begin while the one before is not done. */
export interface WindowCommand {
  readonly kind: 'window';
  readonly window: WindowShared;
}

/** The window is complete: its files are closed. */
export interface DoneCommand {
  readonly kind: 'done';
  readonly window: number;
}

/** Make items that need no chunk (any more), by their numbers. */
export interface MakeCommand {
  readonly kind: 'make';
  readonly window: number;
  readonly list: Uint32Array;
}

/** Look which of the needs `[from, to)` the disk has, for items that ask for it. */
export interface CheckCommand {
  readonly kind: 'check';
  readonly window: number;
  readonly from: number;
  readonly to: number;
}

/** Read the needs `[from, to)` again and compare. */
export interface VerifyCommand {
  readonly kind: 'verify';
  readonly window: number;
  readonly from: number;
  readonly to: number;
}

/** Consecutive segments of a pack for the needs `order[from..to)`. */
export interface RangeCommand {
  readonly kind: 'range';
  readonly window: number;
  readonly room: PackRoom;
  readonly pack: string;
  readonly sealedBytes: number;
  readonly firstSegment: number;
  readonly from: number;
  readonly to: number;
  /** `undefined` where they cannot be had; `failure` says why. */
  readonly content: { readonly header: Uint8Array; readonly sealed: Uint8Array } | undefined;
  readonly failure: string;
}

export type Command =
  WindowCommand | DoneCommand | MakeCommand | CheckCommand | VerifyCommand | RangeCommand;

export interface ItemProblem {
  readonly item: number;
  readonly severity: 'error' | 'warning';
  readonly reason: string;
  readonly message: string;
  /** The item is not restored. */
  readonly failed: boolean;
}

/** Exactly one answers each command. */
export interface Reply {
  readonly problems: readonly ItemProblem[];
  /** Items that are complete now. */
  readonly made: readonly number[];
  /** Content written. */
  readonly bytesWritten: number;
  readonly bytesVerified: number;
  /** The restore cannot go on: the target is full or read-only, or (`internal`) we have a bug. */
  readonly stop?: { readonly code: 'files/write' | 'internal'; readonly message: string };
}
