/**
 * A thread that claims every id of a list and answers which ones it got.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { ChunkTableShared } from '../../src/vault/index/chunk-table.ts';
import { ChunkTable } from '../../src/vault/index/chunk-table.ts';

export interface ClaimSetup {
  readonly shared: ChunkTableShared;
  /** 32 bytes each. */
  readonly ids: SharedArrayBuffer;
  /** Claims start when this cell is not zero. */
  readonly gate: SharedArrayBuffer;
}

const { shared, ids, gate } = workerData as ClaimSetup;
const table = ChunkTable.attach(shared);
const all = new Uint8Array(ids);
const got: number[] = [];
parentPort?.postMessage('ready');
Atomics.wait(new Int32Array(gate), 0, 0);
for (let at = 0; at < all.length; at += 32) if (table.claim(all, at) >= 0) got.push(at / 32);
parentPort?.postMessage(got);
