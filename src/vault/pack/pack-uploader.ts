/**
 * Sends finished packs, frees their slots, and writes an index file every so often, so that an
 * interrupted run loses little (a checkpoint).
 * @module
 */
import { asSealedBytes } from '../../crypto/sealed/seal.ts';
import { IndexWriter } from '../index/index-writer.ts';
import type { PackSlots } from './pack-slots.ts';
import type { FinishedPack } from './pack-writer.ts';
import type { PackRoom } from '../pack-key.ts';
import { packKey } from '../pack-key.ts';
import type { Vault } from '../vault.ts';

/** Checkpoints get rarer the longer a run is: after an eighth of it, within these bounds. */
const CHECKPOINT_MS_MIN = 20_000;
const CHECKPOINT_MS_MAX = 180_000;
/** The directories that wait for a checkpoint take memory: about 20 MB at this many chunks. */
const CHECKPOINT_CHUNKS = 500_000;

export interface PackUploaderOptions {
  readonly vault: Vault;
  readonly slots: Readonly<Record<PackRoom, PackSlots>>;
  readonly signal: AbortSignal;
  readonly onCheckpoint: (packs: number, bytesStored: number) => void;
  readonly onFailure: (error: unknown) => void;
}

export class PackUploader {
  readonly #options: PackUploaderOptions;
  readonly #index: IndexWriter;
  readonly #startedMs: number;
  readonly #sending = new Set<Promise<void>>();
  #checkpointMs: number;
  #checkpoint: Promise<void> | undefined;
  #packs = 0;
  /** Bytes the store has confirmed. */
  bytesStored = 0;

  constructor(options: PackUploaderOptions) {
    this.#options = options;
    this.#index = new IndexWriter(options.vault);
    this.#startedMs = options.vault.clock();
    this.#checkpointMs = this.#startedMs;
  }

  send(room: PackRoom, pack: FinishedPack): void {
    const sending = this.#send(room, pack).catch((error: unknown) =>
      this.#options.onFailure(error),
    );
    this.#sending.add(sending);
    void sending.finally(() => this.#sending.delete(sending));
  }

  async #send(room: PackRoom, pack: FinishedPack): Promise<void> {
    const { vault, slots, signal } = this.#options;
    const body = asSealedBytes(slots[room].bytes(pack.slot).subarray(0, pack.sealedBytes));
    const tier = room === 'data' ? 'data' : 'metadata';
    await vault.store.put(packKey(room, pack.id), body, { tier, signal });
    slots[room].release(pack.slot);
    this.bytesStored += pack.sealedBytes;
    this.#packs++;
    const { id, sealedBytes, directory } = pack;
    this.#index.add({ id, room, sealedBytes, directory });
    if (this.#isCheckpointDue()) await this.#runCheckpoint();
  }

  #isCheckpointDue(): boolean {
    if (this.#checkpoint) return false;
    const now = this.#options.vault.clock();
    const eighth = (now - this.#startedMs) / 8;
    const interval = Math.min(Math.max(eighth, CHECKPOINT_MS_MIN), CHECKPOINT_MS_MAX);
    const isLong = now - this.#checkpointMs >= interval;
    return isLong || this.#index.pendingChunks >= CHECKPOINT_CHUNKS;
  }

  async #runCheckpoint(): Promise<void> {
    this.#checkpoint = this.#flushIndex(this.#options.signal).finally(() => {
      this.#checkpoint = undefined;
    });
    await this.#checkpoint;
    this.#options.onCheckpoint(this.#packs, this.bytesStored);
  }

  async #flushIndex(signal?: AbortSignal): Promise<void> {
    this.#checkpointMs = this.#options.vault.clock();
    // Not `+=` with the call in it: other packs are counted while it waits.
    const sent = await this.#index.flush(signal);
    this.bytesStored += sent;
  }

  /** Waits until one of the packs on their way has arrived, or failed. */
  async oneSent(): Promise<void> {
    await Promise.race(this.#sending);
  }

  /** Waits until everything handed in is durable and named by an index file. */
  async finish(): Promise<void> {
    while (this.#sending.size > 0) await Promise.all(this.#sending);
    await this.#checkpoint;
    if (this.#index.pendingPacks > 0) await this.#flushIndex(this.#options.signal);
  }

  /** After a failure or an interruption: keeps what is durable, so that the next run can use it. */
  async salvage(): Promise<void> {
    await Promise.allSettled(this.#sending);
    await this.#checkpoint?.catch(() => undefined);
    if (this.#index.pendingPacks > 0) await this.#flushIndex();
  }
}
