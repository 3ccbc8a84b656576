/**
 * The thread that verifies packs, one after another. Started by `VerifyPool`.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../base/failure.ts';
import { releaseBytes } from '../../base/release-bytes.ts';
import { createChunkIdentifier } from '../../crypto/chunk-id.ts';
import { deriveDedupKeys } from '../../crypto/derive.ts';
import { importVaultKeys, openContext } from '../../crypto/vault-keys.ts';
import { ChunkDecompressor } from '../../format/compress.ts';
import { ChunkTable } from '../../vault/index/chunk-table.ts';
import { packFailure } from '../backup/sent-failure.ts';
import { PackRows } from './pack-rows.ts';
import type { VerifyAnswer, VerifySetup, VerifyTask } from './verify-messages.ts';
import type { PackVerifier } from './verify-pack.ts';
import { verifyPack } from './verify-pack.ts';

function setUp(setup: VerifySetup): PackVerifier {
  const keys = importVaultKeys(setup.keys);
  using dedup = deriveDedupKeys(keys.dedupKey);
  return {
    context: openContext(keys),
    chunks: ChunkTable.attach(setup.chunks),
    rows: PackRows.attach(setup.rows),
    identify: createChunkIdentifier(dedup.chunkId),
    decompressor: new ChunkDecompressor(),
  };
}

function answer(verifier: PackVerifier, { pack, sealed }: VerifyTask): VerifyAnswer {
  try {
    return { faults: verifyPack(verifier, pack, sealed) };
  } catch (error) {
    return { failed: packFailure(error) };
  } finally {
    releaseBytes(sealed);
  }
}

const port = parentPort;
assert(port, 'this file is run as a worker thread');
const verifier = setUp(workerData as VerifySetup);
port.on('message', (task: VerifyTask) => port.postMessage(answer(verifier, task)));
