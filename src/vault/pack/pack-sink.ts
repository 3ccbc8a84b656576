/**
 * Stores chunks from the main thread: for jobs that move or write few of them (prune, copy, rewrite, repair). A
 * backup has threads for that.
 * @module
 */
import type { ObjectKind as Kind } from '../../crypto/sealed/header.ts';
import { ObjectKind } from '../../crypto/sealed/header.ts';
import { sealContext } from '../../crypto/vault-keys.ts';
import type { CompressionMode, StoredChunk } from '../../format/compress.ts';
import type { PackRoom } from '../pack-key.ts';
import type { Vault } from '../vault.ts';
import { PackSlots } from './pack-slots.ts';
import { PackUploader } from './pack-uploader.ts';
import { PackWriter, slotBytesFor } from './pack-writer.ts';

/** One is filled while two are sent. */
const SLOTS = 3;
const META_PACK_BYTES_MAX = 8 * 1024 * 1024;

export interface PackSinkOptions {
  readonly vault: Vault;
  /** Of data packs, plaintext; as the vault's settings say by default. */
  readonly packSizeBytes?: number;
  readonly compression?: CompressionMode;
  readonly signal?: AbortSignal | undefined;
  /** Packs and bytes that are durable and in the index: what was interrupted goes on from here. */
  readonly onCheckpoint?: (packs: number, bytesStored: number) => void;
}

interface Lane {
  readonly slots: PackSlots;
  readonly writer: PackWriter;
}

export class PackSink {
  readonly #lanes: Readonly<Record<PackRoom, Lane>>;
  readonly #uploader: PackUploader;
  readonly #abort = new AbortController();
  #failure: { readonly error: unknown } | undefined;

  constructor(options: PackSinkOptions) {
    const { vault, signal } = options;
    const dataBytes = options.packSizeBytes ?? vault.settings.packSizeBytes;
    const metaBytes = Math.min(dataBytes, META_PACK_BYTES_MAX);
    this.#lanes = {
      data: this.#lane(options, 'data', ObjectKind.dataPack, dataBytes),
      meta: this.#lane(options, 'meta', ObjectKind.metaPack, metaBytes),
    };
    this.#uploader = new PackUploader({
      vault,
      slots: { data: this.#lanes.data.slots, meta: this.#lanes.meta.slots },
      signal: signal ? AbortSignal.any([signal, this.#abort.signal]) : this.#abort.signal,
      onCheckpoint: options.onCheckpoint ?? (() => undefined),
      onFailure: (error) => {
        this.#failure ??= { error };
        this.#abort.abort();
      },
    });
  }

  #lane(options: PackSinkOptions, room: PackRoom, kind: Kind, packSizeBytes: number): Lane {
    const { vault, compression = vault.settings.compression } = options;
    const slots = PackSlots.create(SLOTS, slotBytesFor(packSizeBytes));
    const context = sealContext(vault.keys, vault.random);
    const writer = new PackWriter({
      context,
      kind,
      slots,
      packSizeBytes,
      compression,
      onPack: (pack) => this.#uploader.send(room, pack),
    });
    return { slots, writer };
  }

  /** Bytes that the store has confirmed. */
  get bytesStored(): number {
    return this.#uploader.bytesStored;
  }

  /**
   * Compresses and adds a chunk; `raw` is the caller's again once this resolves.
   * @throws AppError `store/…` also for what was added before
   */
  async add(room: PackRoom, id: Uint8Array, raw: Uint8Array): Promise<void> {
    (await this.#ready(room)).add(id, raw);
  }

  /** Adds a chunk in its stored form, which the caller has decompressed and identified. */
  async addStored(
    room: PackRoom,
    id: Uint8Array,
    stored: StoredChunk,
    rawBytes: number,
  ): Promise<void> {
    (await this.#ready(room)).addStored(id, stored, rawBytes);
  }

  /** A chunk needs at most one new slot. */
  async #ready(room: PackRoom): Promise<PackWriter> {
    const { slots, writer } = this.#lanes[room];
    while (!slots.hasFree && !this.#failure) await this.#uploader.oneSent();
    this.#throwFailure();
    return writer;
  }

  /** Sends what is left and waits until everything is durable and named by an index file. */
  async finish(): Promise<void> {
    for (const { writer } of Object.values(this.#lanes)) writer.flush();
    try {
      await this.#uploader.finish();
    } catch (error) {
      // What went wrong first counts, not that everything else was called off for it.
      this.#throwFailure();
      throw error;
    }
    this.#throwFailure();
  }

  /** After a failure: keeps what is durable, so that the next run finds it. */
  async salvage(): Promise<void> {
    await this.#uploader.salvage();
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
