/**
 * Restoring in tests: run it to the end, and forge snapshots that no backup would write.
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { StorableBytes } from '../../../src/base/brand.ts';
import { concatBytes } from '../../../src/base/bytes.ts';
import { createChunkIdentifier } from '../../../src/crypto/chunk-id.ts';
import { deriveDedupKeys } from '../../../src/crypto/derive.ts';
import { ObjectKind } from '../../../src/crypto/sealed/header.ts';
import { ObjectSealer } from '../../../src/crypto/sealed/seal.ts';
import { sealedBytes, segmentBytesFor } from '../../../src/crypto/sealed/sizes.ts';
import { sealContext } from '../../../src/crypto/vault-keys.ts';
import { emptyEntry } from '../../../src/format/entry-row.ts';
import type { Entry } from '../../../src/format/entry.ts';
import { EntryType } from '../../../src/format/entry.ts';
import { NodeWriter } from '../../../src/format/manifest-node.ts';
import { PackDirectoryWriter, encodePackTail } from '../../../src/format/pack.ts';
import type { FileProblem, RestoreEvent, RestoreSummary } from '../../../src/jobs/events.ts';
import type { RestoreOptions } from '../../../src/jobs/restore/options.ts';
import { restore } from '../../../src/jobs/restore/restore.ts';
import { IndexWriter } from '../../../src/vault/index/index-writer.ts';
import { packKey } from '../../../src/vault/pack-key.ts';
import type { PackRoom } from '../../../src/vault/pack-key.ts';
import type { SavedSnapshot } from '../../../src/vault/snapshots.ts';
import { loadSnapshot } from '../../../src/vault/snapshots.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { backUp } from '../../support/test-vault.ts';
import type { TestBackup } from '../../support/test-vault.ts';
import { saveSnapshot } from '../../support/save-snapshot.ts';

export interface Restored {
  readonly events: readonly RestoreEvent[];
  readonly problems: readonly FileProblem[];
  readonly summary: RestoreSummary;
}

export async function restoreAll(vault: Vault, options: RestoreOptions): Promise<Restored> {
  const events: RestoreEvent[] = [];
  for await (const event of restore(vault, { threads: 1, ...options })) events.push(event);
  const summary = events.at(-1);
  if (summary?.type !== 'summary') throw new Error('a restore ends with its summary');
  return { events, problems: events.filter((event) => event.type === 'problem'), summary };
}

/** Backs up and returns the snapshot. */
export async function save(
  vault: Vault,
  roots: readonly (string | Uint8Array)[],
  options: TestBackup = {},
): Promise<SavedSnapshot> {
  const { summary } = await backUp(vault, roots, options);
  return loadSnapshot(vault, summary.snapshotId ?? '');
}

/** `a/b/c` as a path key; the parts may be anything but a slash or zero. */
export function key(path: string): Uint8Array {
  return Buffer.from(path.replaceAll('/', '\0'), 'latin1');
}

export function forgedEntry(path: string, type: EntryType, more: Partial<Entry> = {}): Entry {
  const mode = type === EntryType.directory ? 0o755 : 0o644;
  return { ...emptyEntry(key(path), type), mode, mtimeSec: 1_600_000_000, ...more };
}

/** A forger has the keys: what is stored is perfectly sealed. */
export class Forger {
  readonly #vault: Vault;
  readonly #identify: (chunk: Uint8Array) => Uint8Array;

  constructor(vault: Vault) {
    this.#vault = vault;
    using keys = deriveDedupKeys(vault.keys.dedupKey);
    this.#identify = createChunkIdentifier(keys.chunkId);
  }

  /** A file entry with that content, stored in a pack of its own. */
  async file(path: string, content: string, more: Partial<Entry> = {}): Promise<Entry> {
    const bytes = Buffer.from(content);
    const id = await this.storeChunk('data', bytes);
    return forgedEntry(path, EntryType.file, { size: bytes.length, content: id, ...more });
  }

  /** @returns its id */
  async storeChunk(
    room: PackRoom,
    chunk: Uint8Array,
    segmentBytes = segmentBytesFor(undefined),
  ): Promise<Uint8Array> {
    const id = this.#identify(chunk);
    const rows = new PackDirectoryWriter();
    rows.add(id, 0, chunk.length, chunk.length);
    const directory = rows.take();
    const plain = concatBytes([chunk, encodePackTail(chunk.length, directory)]);
    const kind = room === 'meta' ? ObjectKind.metaPack : ObjectKind.dataPack;
    const random = (length: number) => new Uint8Array(randomBytes(length));
    const context = sealContext(this.#vault.keys, random);
    const sealer = new ObjectSealer(context, kind, segmentBytes);
    const sealed = new Uint8Array(sealedBytes(plain.length, segmentBytes));
    sealed.set(sealer.header, 0);
    let at = sealer.header.length;
    for (let from = 0; ; from += segmentBytes) {
      const part = plain.subarray(from, from + segmentBytes);
      const isLast = part.length < segmentBytes;
      at += sealer.sealSegment(part, isLast, sealed, at);
      if (isLast) break;
    }
    await this.#vault.store.put(packKey(room, sealer.name), sealed as StorableBytes);
    const index = new IndexWriter(this.#vault);
    index.add({ id: sealer.name, room, sealedBytes: sealed.length, directory });
    await index.flush();
    return id;
  }

  async snapshot(entries: readonly Entry[], roots: readonly string[]): Promise<SavedSnapshot> {
    const node = new NodeWriter(0);
    for (const entry of entries) node.addEntry(entry);
    const id = await this.storeChunk('meta', node.take());
    return saveSnapshot(this.#vault, {
      timeMs: 1_800_000_000_000,
      host: 'forger',
      user: 'mallory',
      roots: roots.map(key),
      tags: [],
      manifest: { id, level: 0, entries: entries.length },
      totals: { files: 0, directories: 0, others: 0, bytes: 0 },
      chain: { sequence: 0 },
      program: 'forged',
      complete: true,
    });
  }
}
