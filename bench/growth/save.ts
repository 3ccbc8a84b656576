/**
 * What a first backup does with so many files besides reading them: claims their chunks in the table, builds
 * the manifest, packs and stores its nodes, writes the index and the snapshot. The packs of file content are
 * only named.
 * @module
 */
import { MiB } from '../../src/base/units.ts';
import { createPathCutter } from '../../src/chunker/manifest-cut.ts';
import { createChunkIdentifier } from '../../src/crypto/chunk-id.ts';
import { deriveDedupKeys } from '../../src/crypto/derive.ts';
import { ObjectKind } from '../../src/crypto/sealed/header.ts';
import { asSealedBytes } from '../../src/crypto/sealed/seal.ts';
import { sealContext } from '../../src/crypto/vault-keys.ts';
import { toHex } from '../../src/base/bytes.ts';
import { EntryType } from '../../src/format/entry.ts';
import type { ManifestRoot } from '../../src/format/snapshot.ts';
import { PackDirectoryWriter } from '../../src/format/pack.ts';
import { entriesIn } from '../../src/jobs/backup/totals.ts';
import type { FinishedBatch } from '../../src/jobs/backup/walk/batch-builder.ts';
import { BatchBuilder } from '../../src/jobs/backup/walk/batch-builder.ts';
import { IndexWriter } from '../../src/vault/index/index-writer.ts';
import { loadIndex } from '../../src/vault/index/load-index.ts';
import { ManifestBuilder } from '../../src/vault/manifest/manifest-builder.ts';
import { packKey } from '../../src/vault/pack-key.ts';
import { PackSlots } from '../../src/vault/pack/pack-slots.ts';
import type { FinishedPack } from '../../src/vault/pack/pack-writer.ts';
import { PackWriter, slotBytesFor } from '../../src/vault/pack/pack-writer.ts';
import { sealSnapshot, storeSnapshot } from '../../src/vault/snapshots.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { generateEntries, sizeOf } from './generated.ts';
import { random } from './vault-folder.ts';

const META_PACK_BYTES = 8 * MiB;
const DATA_PACK_BYTES = 32 * MiB;
/** As a backup does: a checkpoint at so many chunks. */
const CHECKPOINT_CHUNKS = 250_000;
const EXTRA_CHUNKS = 48_000_000;

export async function saveFiles(vault: Vault, files: number): Promise<void> {
  const { chunks } = await loadIndex(vault, { extraChunks: EXTRA_CHUNKS });
  const index = new IndexWriter(vault);
  const data = new NamedPacks(index);
  const meta = new MetaPacks(vault, index);
  using dedup = deriveDedupKeys(vault.keys.dedupKey);
  const identify = createChunkIdentifier(dedup.chunkId);
  const startsNode = dedup.manifestCut.use((key) => createPathCutter(Uint8Array.from(key)));
  const saveNode = async (node: Uint8Array) => {
    const id = identify(node);
    if (chunks.claim(id) >= 0) await meta.add(id, node);
    return id;
  };
  const manifest = new ManifestBuilder({ startsNode, saveNode });
  const batches: FinishedBatch[] = [];
  const builder = new BatchBuilder(startsNode, (batch) => batches.push(batch));
  const finish = async () => {
    for (const { node, summary } of batches.splice(0)) {
      const { path, totals } = summary;
      const id = await saveNode(node);
      await manifest.add({ path, id, entries: entriesIn(totals), bytes: totals.bytes });
    }
  };
  let file = 0;
  for (const entry of generateEntries(files)) {
    if (entry.type === EntryType.file) {
      if (chunks.claim(entry.content) >= 0) data.add(entry.content, sizeOf(file));
      file++;
    }
    builder.add(entry, false);
    if (batches.length > 0) await finish();
    if (index.pendingChunks >= CHECKPOINT_CHUNKS) await index.flush();
  }
  builder.flush();
  await finish();
  const root = await manifest.finish();
  data.close();
  await meta.flush();
  await index.flush();
  if (root) await storeSnapshot(vault, sealSnapshot(vault, snapshotOf(root, files)));
}

function snapshotOf(manifest: ManifestRoot, files: number) {
  return {
    timeMs: Date.now(),
    host: 'growth',
    user: 'growth',
    roots: [Buffer.from('home')],
    tags: [],
    manifest,
    totals: { files, directories: manifest.entries - files, others: 0, bytes: files },
    chain: { sequence: 0 },
    program: 'growth',
    complete: true,
  };
}

/** Packs of file content that exist by name only. */
class NamedPacks {
  readonly #index: IndexWriter;
  readonly #directory = new PackDirectoryWriter();
  #bytes = 0;

  constructor(index: IndexWriter) {
    this.#index = index;
  }

  add(id: Uint8Array, bytes: number): void {
    this.#directory.add(id, 0, bytes, bytes);
    this.#bytes += bytes;
    if (this.#bytes > DATA_PACK_BYTES) this.close();
  }

  close(): void {
    if (this.#bytes === 0) return;
    const [id, directory] = [toHex(random(16)), this.#directory.take()];
    this.#index.add({ id, room: 'data', sealedBytes: this.#bytes + 4096, directory });
    this.#bytes = 0;
  }
}

/** Packs of nodes, written for good. */
class MetaPacks {
  readonly #vault: Vault;
  readonly #index: IndexWriter;
  readonly #slots = PackSlots.create(2, slotBytesFor(META_PACK_BYTES));
  readonly #writer: PackWriter;
  readonly #finished: FinishedPack[] = [];

  constructor(vault: Vault, index: IndexWriter) {
    this.#vault = vault;
    this.#index = index;
    this.#writer = new PackWriter({
      context: sealContext(vault.keys, vault.random),
      kind: ObjectKind.metaPack,
      slots: this.#slots,
      packSizeBytes: META_PACK_BYTES,
      compression: 'auto',
      onPack: (pack) => this.#finished.push(pack),
    });
  }

  async add(id: Uint8Array, node: Uint8Array): Promise<void> {
    this.#writer.add(id, node);
    await this.#send();
  }

  async flush(): Promise<void> {
    this.#writer.flush();
    await this.#send();
  }

  async #send(): Promise<void> {
    for (const { slot, id, sealedBytes, directory } of this.#finished.splice(0)) {
      const body = asSealedBytes(this.#slots.bytes(slot).subarray(0, sealedBytes));
      await this.#vault.store.put(packKey('meta', id), body, { tier: 'metadata' });
      this.#slots.release(slot);
      this.#index.add({ id, room: 'meta', sealedBytes, directory });
    }
  }
}
