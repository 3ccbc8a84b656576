/**
 * Somebody who has the keys and means harm: everything is sealed as it should be, and nothing else need be right.
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { StorableBytes } from '../../src/base/brand.ts';
import { concatBytes, fromHex } from '../../src/base/bytes.ts';
import { createChunkIdentifier } from '../../src/crypto/chunk-id.ts';
import { deriveDedupKeys } from '../../src/crypto/derive.ts';
import { ObjectKind } from '../../src/crypto/sealed/header.ts';
import { ObjectSealer } from '../../src/crypto/sealed/seal.ts';
import { sealedBytes, segmentBytesFor } from '../../src/crypto/sealed/sizes.ts';
import { sealContext } from '../../src/crypto/vault-keys.ts';
import { Codec, compressChunk } from '../../src/format/compress.ts';
import { emptyEntry } from '../../src/format/entry-row.ts';
import type { Entry } from '../../src/format/entry.ts';
import { EntryType } from '../../src/format/entry.ts';
import type { IndexColumns } from '../../src/format/index-file.ts';
import { PackKind, encodeIndex } from '../../src/format/index-file.ts';
import type { Fence } from '../../src/format/manifest-node.ts';
import { NodeWriter } from '../../src/format/manifest-node.ts';
import { PackDirectoryWriter, encodePackTail } from '../../src/format/pack.ts';
import type { ManifestRoot, SnapshotTotals } from '../../src/format/snapshot.ts';
import type { PackRoom } from '../../src/vault/pack-key.ts';
import { INDEX_PREFIX, packKey } from '../../src/vault/pack-key.ts';
import { saveSealedFile } from '../../src/vault/sealed-file.ts';
import type { SavedSnapshot } from '../../src/vault/snapshots.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { saveSnapshot } from '../support/save-snapshot.ts';

const random = (length: number) => new Uint8Array(randomBytes(length));
const SEGMENT_BYTES = segmentBytesFor(undefined);

/** A chunk as it is stored, and as the index tells it: the two need not agree. */
export interface StoredForm {
  readonly id: Uint8Array;
  readonly codec: number;
  readonly stored: Uint8Array;
  readonly rawBytes: number;
}

export interface PackClaims {
  readonly sealedBytes?: number;
  readonly storedBytes?: number;
  readonly offset?: number;
  /** So many of the chunks, from the first, are in the index; all of them by default. */
  readonly named?: number;
}

export class HostileWriter {
  readonly #vault: Vault;
  readonly #identify: (chunk: Uint8Array) => Uint8Array;

  constructor(vault: Vault) {
    this.#vault = vault;
    using keys = deriveDedupKeys(vault.keys.dedupKey);
    this.#identify = createChunkIdentifier(keys.chunkId);
  }

  /** A chunk that is what it says, compressed where that pays. */
  honest(raw: Uint8Array): StoredForm {
    const { codec, bytes } = compressChunk(raw, 'fast');
    return { id: this.#identify(raw), codec, stored: Uint8Array.from(bytes), rawBytes: raw.length };
  }

  /** Stores chunks in one pack and says where they are. @returns their ids, one behind the other */
  async pack(
    room: PackRoom,
    chunks: readonly StoredForm[],
    claims: PackClaims = {},
  ): Promise<Uint8Array> {
    const rows = new PackDirectoryWriter();
    for (const { id, codec, stored, rawBytes } of chunks) {
      rows.add(id, codec, stored.length, rawBytes);
    }
    const stored = concatBytes(chunks.map((chunk) => chunk.stored));
    const plain = concatBytes([stored, encodePackTail(stored.length, rows.take())]);
    const kind = room === 'meta' ? ObjectKind.metaPack : ObjectKind.dataPack;
    const { name, bytes } = this.#seal(kind, plain);
    await this.#vault.store.put(packKey(room, name), bytes);
    const named = chunks.slice(0, claims.named);
    await this.index(columnsOf(room, name, named, { sealedBytes: bytes.length, ...claims }));
    return concatBytes(chunks.map(({ id }) => id));
  }

  async index(columns: IndexColumns): Promise<void> {
    await saveSealedFile(this.#vault, INDEX_PREFIX, ObjectKind.index, encodeIndex(columns));
  }

  /** Chunks that are what they say. @returns their ids, one behind the other */
  async chunks(room: PackRoom, ...raw: readonly Uint8Array[]): Promise<Uint8Array> {
    return this.pack(
      room,
      raw.map((one) => this.honest(one)),
    );
  }

  async file(path: string, content: string, more: Partial<Entry> = {}): Promise<Entry> {
    const bytes = Buffer.from(content);
    const id = await this.chunks('data', bytes);
    return hostileEntry(path, EntryType.file, { size: bytes.length, content: id, ...more });
  }

  /** A node of entries, in whatever order. @returns its id */
  async leaf(entries: readonly Entry[]): Promise<Uint8Array> {
    const node = new NodeWriter(0);
    for (const entry of entries) node.addEntry(entry);
    return this.chunks('meta', node.take());
  }

  async inner(level: number, fences: readonly Fence[]): Promise<Uint8Array> {
    const node = new NodeWriter(level);
    for (const fence of fences) node.addFence(fence);
    return this.chunks('meta', node.take());
  }

  async snapshot(
    manifest: ManifestRoot,
    totals: Partial<SnapshotTotals> = {},
  ): Promise<SavedSnapshot> {
    return saveSnapshot(this.#vault, {
      timeMs: 1_800_000_000_000,
      host: 'hostile',
      user: 'mallory',
      roots: [],
      tags: [],
      manifest,
      totals: { files: manifest.entries, directories: 0, others: 0, bytes: 0, ...totals },
      chain: { sequence: 0 },
      program: 'hostile',
      complete: true,
    });
  }

  #seal(kind: ObjectKind, plain: Uint8Array): { name: string; bytes: StorableBytes } {
    const sealer = new ObjectSealer(sealContext(this.#vault.keys, random), kind, SEGMENT_BYTES);
    const sealed = new Uint8Array(sealedBytes(plain.length, SEGMENT_BYTES));
    sealed.set(sealer.header, 0);
    let at = sealer.header.length;
    for (let from = 0; from <= plain.length; from += SEGMENT_BYTES) {
      const part = plain.subarray(from, from + SEGMENT_BYTES);
      at += sealer.sealSegment(part, part.length < SEGMENT_BYTES, sealed, at);
    }
    return { name: sealer.name, bytes: sealed as StorableBytes };
  }
}

export function hostileEntry(
  path: string | Uint8Array,
  type: EntryType,
  more: Partial<Entry> = {},
): Entry {
  const key = typeof path === 'string' ? Buffer.from(path.replaceAll('/', '\0'), 'latin1') : path;
  const mode = type === EntryType.directory ? 0o755 : 0o644;
  return { ...emptyEntry(key, type), mode, mtimeSec: 1_600_000_000, ...more };
}

/** zstd of `length` zeros, which is a few bytes for every hundred thousand. */
export function bomb(length: number): Uint8Array {
  const { codec, bytes } = compressChunk(new Uint8Array(length), 'fast');
  if (codec !== Codec.zstd) throw new Error('zeros compress');
  return Uint8Array.from(bytes);
}

function columnsOf(
  room: PackRoom,
  pack: string,
  chunks: readonly StoredForm[],
  claims: PackClaims & { readonly sealedBytes: number },
): IndexColumns {
  let at = 0;
  const offsets = chunks.map(({ stored }) => (at += stored.length) - stored.length);
  return {
    packIds: Buffer.from(fromHex(pack, 16) ?? []),
    packKinds: Uint8Array.of(PackKind[room]),
    packSealedBytes: [claims.sealedBytes],
    chunkIds: Buffer.concat(chunks.map(({ id }) => id)),
    packNumbers: new Uint32Array(chunks.length),
    offsets: Uint32Array.from(offsets, (offset) => claims.offset ?? offset),
    storedBytes: Uint32Array.from(chunks, ({ stored }) => claims.storedBytes ?? stored.length),
    rawBytes: Uint32Array.from(chunks, ({ rawBytes }) => rawBytes),
    codecs: Uint8Array.from(chunks, ({ codec }) => codec),
  };
}
