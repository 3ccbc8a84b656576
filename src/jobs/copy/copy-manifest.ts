/**
 * Builds the manifest of a snapshot anew in the other vault: the same entries with other chunk ids, cut where a backup
 * into that vault would cut, so that later backups of the same files share its nodes.
 * @module
 */
import { compareBytes } from '../../base/bytes.ts';
import { AppError } from '../../base/failure.ts';
import type { Entry, PathKey } from '../../format/entry.ts';
import { EntryType } from '../../format/entry.ts';
import type { ManifestRoot, Snapshot, SnapshotTotals } from '../../format/snapshot.ts';
import { ManifestBuilder } from '../../vault/manifest/manifest-builder.ts';
import { ManifestReader } from '../../vault/manifest/manifest-reader.ts';
import { IdList, contentOf } from '../backup/compute/id-list.ts';
import { entriesIn, noTotals, sumTotals } from '../backup/totals.ts';
import type { FinishedBatch } from '../backup/walk/batch-builder.ts';
import { BatchBuilder } from '../backup/walk/batch-builder.ts';
import type { CopySource } from './copy-source.ts';
import type { CopyTarget } from './copy-target.ts';

const ID_BYTES = 32;

export interface CopiedManifest {
  readonly manifest: ManifestRoot;
  readonly totals: SnapshotTotals;
}

/**
 * All chunks of files must have been moved.
 * @throws AppError `chunk/…`, `object/…`, `format/invalid` for damage where it is read, `store/…`
 */
export async function copyManifest(
  { manifest, roots }: Snapshot,
  source: CopySource,
  target: CopyTarget,
): Promise<CopiedManifest> {
  const run = new ManifestCopy(source, target, [...roots].sort(compareBytes)[0]);
  const reader = new ManifestReader(source.nodes, manifest);
  for await (const entry of reader.entries()) await run.add(reader, entry);
  return run.finish();
}

class ManifestCopy {
  readonly #source: CopySource;
  readonly #target: CopyTarget;
  readonly #manifest: ManifestBuilder;
  readonly #batches: BatchBuilder;
  readonly #ids = new IdList();
  #finished: FinishedBatch[] = [];
  #totals = noTotals();
  /** A node begins there; until it is passed. */
  #firstRoot: PathKey | undefined;
  #last: PathKey | undefined;

  constructor(source: CopySource, target: CopyTarget, firstRoot: PathKey | undefined) {
    this.#source = source;
    this.#target = target;
    this.#firstRoot = firstRoot;
    const { startsNode } = target;
    this.#manifest = new ManifestBuilder({ startsNode, saveNode: (node) => this.#save(node) });
    this.#batches = new BatchBuilder(startsNode, (batch) => this.#finished.push(batch));
  }

  async add(reader: ManifestReader, entry: Entry): Promise<void> {
    if (this.#last && compareBytes(entry.path, this.#last) <= 0) {
      throw new AppError('format/invalid', 'a manifest is damaged: its paths do not ascend');
    }
    this.#last = entry.path;
    if (this.#firstRoot && compareBytes(entry.path, this.#firstRoot) >= 0) {
      this.#batches.flush();
      this.#firstRoot = undefined;
    }
    if (entry.type === EntryType.file) await this.#translate(reader, entry);
    this.#batches.add(entry, false);
    if (this.#finished.length > 0) await this.#saveFinished();
  }

  async #translate(reader: ManifestReader, entry: Entry): Promise<void> {
    if (entry.contentDepth === 0) this.#addIds(entry.content);
    else for await (const ids of reader.contentIds(entry)) this.#addIds(ids);
    const lists: Uint8Array[] = [];
    const content = contentOf(this.#ids.take(), (list) => {
      lists.push(list);
      return this.#target.identify(list);
    });
    for (const list of lists) await this.#save(list);
    Object.assign(entry, content);
  }

  #addIds(ids: Uint8Array): void {
    const { index, known, missing } = this.#source;
    for (let at = 0; at < ids.length; at += ID_BYTES) {
      const row = index.chunks.find(ids, at);
      const id = row < 0 ? undefined : known.get(row);
      if (!id) throw missing(ids.subarray(at, at + ID_BYTES));
      this.#ids.add(id);
    }
  }

  /** Stores a node or a list, if it is new. @returns its id */
  async #save(chunk: Uint8Array): Promise<Uint8Array> {
    const { identify, chunks, sink } = this.#target;
    const id = identify(chunk);
    if (chunks.claim(id) >= 0) await sink.add('meta', id, chunk);
    return id;
  }

  async #saveFinished(): Promise<void> {
    const finished = this.#finished;
    this.#finished = [];
    for (const { node, summary } of finished) {
      const { path, totals } = summary;
      const id = await this.#save(node);
      this.#totals = sumTotals(this.#totals, totals);
      await this.#manifest.add({ path, id, entries: entriesIn(totals), bytes: totals.bytes });
    }
  }

  async finish(): Promise<CopiedManifest> {
    this.#batches.flush();
    await this.#saveFinished();
    const manifest = await this.#manifest.finish();
    if (!manifest) throw new AppError('format/invalid', 'a manifest is damaged: it is empty');
    return { manifest, totals: this.#totals };
  }
}
