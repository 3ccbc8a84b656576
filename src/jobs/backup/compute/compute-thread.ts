/**
 * The compute thread: fully synchronous, one task after another. Read, cut, identify, look up, compress, seal.
 * Started by `ComputePool`; ends when its port closes.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../../base/failure.ts';
import { SCAN_BUFFER_BYTES } from '../../../chunker/parameters.ts';
import { BoundaryScanner } from '../../../chunker/scanner.ts';
import { deriveDedupKeys } from '../../../crypto/derive.ts';
import { ObjectKind } from '../../../crypto/sealed/header.ts';
import { importVaultKeys, sealContext } from '../../../crypto/vault-keys.ts';
import { ChunkTable } from '../../../vault/index/chunk-table.ts';
import { PackSlots } from '../../../vault/pack/pack-slots.ts';
import type { FinishedPack } from '../../../vault/pack/pack-writer.ts';
import { PackWriter } from '../../../vault/pack/pack-writer.ts';
import type { PackRoom } from '../../../vault/pack-key.ts';
import type { ComputeMessage, ComputeSetup, ComputeTask, TaskResults } from '../messages.ts';
import { packFailure } from '../sent-failure.ts';
import { PipeReader } from '../stream/stream-pipe.ts';
import { finishBatch } from './finish-batch.ts';
import { FileReader } from './read-file.ts';
import { ChunkSaver } from './save-chunk.ts';

interface Tools {
  readonly reader: FileReader;
  readonly saver: ChunkSaver;
}

function send(message: ComputeMessage, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

function setUp(setup: ComputeSetup): Tools {
  const keys = importVaultKeys(setup.keys);
  const context = sealContext(keys, randomBytes);
  const dedup = deriveDedupKeys(keys.dedupKey);
  const writer = (room: PackRoom) => {
    const isMeta = room === 'meta';
    return new PackWriter({
      context,
      kind: isMeta ? ObjectKind.metaPack : ObjectKind.dataPack,
      slots: PackSlots.attach(isMeta ? setup.metaSlots : setup.dataSlots),
      packSizeBytes: isMeta ? setup.metaPackBytes : setup.dataPackBytes,
      compression: setup.compression,
      onPack: (pack: FinishedPack) => send({ type: 'pack', room, pack }, [pack.directory.buffer]),
    });
  };
  const counters = new Float64Array(setup.counters);
  const chunks = ChunkTable.attach(setup.chunks);
  const [dataPacks, metaPacks] = [writer('data'), writer('meta')];
  const saver = new ChunkSaver({ keys: dedup, chunks, dataPacks, metaPacks, counters });
  const scannerKeys = {
    gearTable: dedup.gearTable.use((bytes) => Uint8Array.from(bytes)),
    boundary: dedup.boundary.use((bytes) => Uint8Array.from(bytes)),
  };
  const scanner = new BoundaryScanner(scannerKeys, SCAN_BUFFER_BYTES, setup.scanModule);
  return { saver, reader: new FileReader(scanner, saver, counters) };
}

function perform(task: ComputeTask, { reader, saver }: Tools): TaskResults[keyof TaskResults] {
  switch (task.type) {
    case 'batch':
      return finishBatch(task, reader, saver);
    case 'region':
      return reader.readRegion(task);
    case 'stream': {
      const pipe = new PipeReader(task.pipe);
      return reader.readStream((target) => pipe.read(target));
    }
    case 'meta':
      return new Uint8Array(saver.saveMeta(task.chunk));
    case 'end':
      parentPort?.close();
      return undefined;
    case 'flush':
      saver.flush();
      return undefined;
  }
}

assert(parentPort, 'this file is run as a worker thread');
try {
  const tools = setUp(workerData as ComputeSetup);
  parentPort.on('message', (task: ComputeTask) => {
    try {
      send({ type: 'done', result: perform(task, tools) });
    } catch (error) {
      send({ type: 'failed', error: packFailure(error) });
    }
  });
} catch (error) {
  send({ type: 'failed', error: packFailure(error) });
}
