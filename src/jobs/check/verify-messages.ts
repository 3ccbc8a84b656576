/**
 * What the main thread and the threads that verify packs say to each other.
 * @module
 */
import type { KeyMaterial } from '../../crypto/vault-keys.ts';
import type { ChunkTableShared } from '../../vault/index/chunk-table.ts';
import type { SentFailure } from '../backup/messages.ts';
import type { PackRowsShared } from './pack-rows.ts';
import type { PackFault, PackToVerify } from './verify-pack.ts';

export interface VerifySetup {
  readonly keys: KeyMaterial;
  readonly chunks: ChunkTableShared;
  readonly rows: PackRowsShared;
}

export interface VerifyTask {
  readonly pack: PackToVerify;
  /** The whole object; its memory is the thread's, and is overwritten. */
  readonly sealed: Uint8Array;
}

export type VerifyAnswer =
  { readonly faults: readonly PackFault[] } | { readonly failed: SentFailure };
