/**
 * Reads the manifests of snapshots, each distinct node once however many snapshots share it, and checks that
 * everything in them is to be had and fits together.
 *
 * A node in which something is amiss is gone through again for every snapshot that has it, so that each finding
 * can say which snapshots and paths it affects.
 * @module
 */
import { compareBytes } from '../../base/bytes.ts';
import { AppError } from '../../base/failure.ts';
import { mapConcurrent } from '../../base/flow.ts';
import type { Entry, PathKey } from '../../format/entry.ts';
import { EntryType } from '../../format/entry.ts';
import type { Fence } from '../../format/manifest-node.ts';
import { decodeEntries, decodeFences } from '../../format/manifest-node.ts';
import type { ChunkLoader } from '../../vault/chunk-loader.ts';
import type { VaultIndex } from '../../vault/index/load-index.ts';
import { packKey } from '../../vault/pack-key.ts';
import type { SavedSnapshot } from '../../vault/snapshots.ts';
import type { PackDamages } from './check-objects.ts';
import { isAboutObject } from './check-objects.ts';
import type { Damage, DamageBook } from './damage-book.ts';
import { RowSet } from '../../vault/index/row-set.ts';

const ID_BYTES = 32;
const TOP: PathKey = new Uint8Array(0);
const NODES_AHEAD = 6;

export interface ManifestCheckParts {
  readonly index: VaultIndex;
  readonly loader: ChunkLoader;
  readonly book: DamageBook;
  /** What is wrong with packs, by number, and with single chunks, by row. */
  readonly packDamages: PackDamages;
  readonly rowDamages: Map<number, Damage>;
  readonly onNode: () => void;
}

/** What a node has to be, as its fence and its neighbour say. */
interface NodePlace {
  readonly id: Uint8Array;
  readonly level: number;
  /** First path; undefined for the top node. */
  readonly path?: PathKey;
  /** First path behind it. */
  readonly after?: PathKey | undefined;
  readonly entries: number;
  /** Undefined for the top node. */
  readonly bytes?: number;
}

/** What a node holds, as it says itself. */
interface NodeContents {
  readonly first: PathKey;
  readonly last: PathKey;
  readonly entries: number;
  readonly bytes: number;
}

export class ManifestCheck {
  readonly #parts: ManifestCheckParts;
  readonly #seen: RowSet;
  readonly #bad: RowSet;
  #snapshotId = '';

  constructor(parts: ManifestCheckParts) {
    this.#parts = parts;
    this.#seen = new RowSet(parts.index.chunks.count);
    this.#bad = new RowSet(parts.index.chunks.count);
  }

  /** @throws AppError `store/…`, `interrupted`; damage goes into the book */
  async check({ id, snapshot }: SavedSnapshot): Promise<void> {
    this.#snapshotId = id;
    const { manifest, totals } = snapshot;
    const { files, directories, others, bytes } = totals;
    if (files + directories + others !== manifest.entries) {
      this.#mismatch('its totals do not add up to its entries', TOP);
    }
    // Also where another snapshot has the same top node: its numbers have to fit this one too.
    await this.#visit({ ...manifest, bytes }, () => this.#load(manifest.id));
  }

  /** @returns whether everything under the node is well */
  async #visit(place: NodePlace, load: () => Promise<Uint8Array>): Promise<boolean> {
    const row = this.#parts.index.chunks.find(place.id);
    let node: Uint8Array;
    try {
      node = await load();
    } catch (error) {
      this.#fault(this.#damageOf(row, error), place.path ?? TOP, true);
      this.#mark(row, false);
      return false;
    }
    this.#parts.onNode();
    const isWell = await this.#checkNode(node, place);
    this.#mark(row, isWell);
    return isWell;
  }

  /** What is known to be damaged is not asked for again, by each snapshot that needs it. */
  async #load(id: Uint8Array): Promise<Uint8Array> {
    const { index, loader, packDamages, rowDamages } = this.#parts;
    const row = index.chunks.find(id);
    const pack = row < 0 ? undefined : packDamages.get(index.chunks.packOf(row));
    const damage = rowDamages.get(row) ?? (pack?.reason === 'pack-missing' ? pack : undefined);
    if (damage) throw new AppError('chunk/mismatch', damage.message);
    return loader.load(id);
  }

  #isDone(row: number): boolean {
    return row >= 0 && this.#seen.has(row) && !this.#bad.has(row);
  }

  #mark(row: number, isWell: boolean): void {
    if (row < 0) return;
    this.#seen.add(row);
    if (!isWell) this.#bad.add(row);
  }

  async #checkNode(node: Uint8Array, place: NodePlace): Promise<boolean> {
    try {
      const fences = place.level === 0 ? undefined : decodeFences(node, place.level);
      const own = fences ? sumFences(fences) : undefined;
      // Nodes that all lead to one, which fits in one place at most, would be gone through for ever.
      if (own && !isInPlace(own, place)) return this.#fits(own, place);
      const areWell = fences
        ? await this.#checkFences(fences, place)
        : await this.#checkEntries(node, place);
      return (own ? this.#fits(own, place) : true) && areWell;
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'format/invalid') throw error;
      this.#mismatch(error.message, place.path ?? TOP);
      return false;
    }
  }

  async #checkFences(fences: readonly Fence[], { level, after }: NodePlace): Promise<boolean> {
    const { chunks } = this.#parts.index;
    const places = fences
      .map((fence, i) => ({ ...fence, level: level - 1, after: fences[i + 1]?.path ?? after }))
      .filter((place) => !this.#isDone(chunks.find(place.id)));
    let areWell = true;
    const load = async (place: NodePlace) => {
      const node = this.#load(place.id);
      await node.catch(() => undefined);
      return { place, load: () => node };
    };
    for await (const next of mapConcurrent(places, NODES_AHEAD, load)) {
      if (!(await this.#visit(next.place, next.load))) areWell = false;
    }
    return areWell;
  }

  async #checkEntries(node: Uint8Array, place: NodePlace): Promise<boolean> {
    let areWell = true;
    let [entries, bytes] = [0, 0];
    let [first, last]: (PathKey | undefined)[] = [];
    for (const entry of decodeEntries(node)) {
      entries++;
      bytes += entry.size;
      first ??= entry.path;
      last = entry.path;
      if (entry.type === EntryType.file && !(await this.#checkFile(entry))) areWell = false;
    }
    if (!first || !last) return false;
    return this.#fits({ first, last, entries, bytes }, place) && areWell;
  }

  #fits(own: NodeContents, place: NodePlace): boolean {
    const { entries, bytes } = place;
    const isWhole = own.entries === entries && (bytes === undefined || own.bytes === bytes);
    if (isInPlace(own, place) && isWhole) return true;
    this.#mismatch('a part of it does not fit where it stands', own.first);
    return false;
  }

  async #checkFile(entry: Entry): Promise<boolean> {
    let bytes = 0;
    let isWell = true;
    const add = (ids: Uint8Array): void => {
      for (let at = 0; at < ids.length && bytes <= entry.size; at += ID_BYTES) {
        const length = this.#checkChunk(ids, at, entry.path);
        if (length < 0) isWell = false;
        // No chunk is empty: more of them than bytes are too many, and lists of them could go on for ever.
        bytes += Math.max(1, length);
      }
    };
    if (entry.contentDepth === 0) add(entry.content);
    else {
      for (let at = 0; at < entry.content.length && bytes <= entry.size; at += ID_BYTES) {
        const list = await this.#loadList(entry.content.subarray(at, at + ID_BYTES), entry.path);
        if (list) add(list);
        else isWell = false;
      }
    }
    if (!isWell || bytes === entry.size) return isWell;
    const many = bytes < entry.size ? 'fewer' : 'more';
    const message = `files in it have ${many} bytes than they should`;
    this.#fault(this.#note('size-mismatch', message), entry.path);
    return false;
  }

  async #loadList(id: Uint8Array, path: PathKey): Promise<Uint8Array | undefined> {
    try {
      const list = await this.#load(id);
      if (list.length > 0 && list.length % ID_BYTES === 0) return list;
      throw new AppError('format/invalid', 'a list of chunks holds no whole ids');
    } catch (error) {
      this.#fault(this.#damageOf(this.#parts.index.chunks.find(id), error), path);
      return undefined;
    }
  }

  /** @returns how long a chunk of a file is, or -1 where it is not to be had */
  #checkChunk(ids: Uint8Array, at: number, path: PathKey): number {
    const { index, packDamages, rowDamages } = this.#parts;
    const row = index.chunks.find(ids, at);
    const damage =
      row < 0
        ? this.#missingChunks()
        : (packDamages.get(index.chunks.packOf(row)) ?? rowDamages.get(row));
    if (!damage) return index.chunks.rawBytesOf(row);
    this.#fault(damage, path);
    return -1;
  }

  /** What is wrong where a metadata chunk could not be loaded. */
  #damageOf(row: number, error: unknown): Damage {
    if (!isAboutObject(error)) throw error;
    if (row < 0) return this.#missingChunks();
    const { index, book, packDamages, rowDamages } = this.#parts;
    const pack = index.chunks.packOf(row);
    const known = packDamages.get(pack) ?? rowDamages.get(row);
    if (known) return known;
    const key = packKey(index.packs.kindOf(pack), index.packs.idOf(pack));
    const damage = book.note(key, 'chunk-damaged', error.message);
    rowDamages.set(row, damage);
    return damage;
  }

  #missingChunks(): Damage {
    const message = 'chunks that snapshots need are in no pack that it knows';
    return this.#parts.book.note('index', 'chunk-missing', message);
  }

  #note(reason: 'manifest-damaged' | 'size-mismatch', message: string): Damage {
    return this.#parts.book.note(`snapshot ${this.#snapshotId}`, reason, message);
  }

  #mismatch(message: string, path: PathKey): void {
    this.#fault(this.#note('manifest-damaged', message), path);
  }

  #fault(damage: Damage, path: PathKey, andFollowing = false): void {
    const { book } = this.#parts;
    const subject = `snapshot ${this.#snapshotId}`;
    const message = 'parts of this snapshot cannot be restored';
    const whole = book.note(subject, 'snapshot-damaged', message);
    book.affect(damage, this.#snapshotId, path, andFollowing);
    book.affect(whole, this.#snapshotId, path, andFollowing);
  }
}

function isInPlace(own: NodeContents, { path, after }: NodePlace): boolean {
  if (path !== undefined && compareBytes(own.first, path) !== 0) return false;
  return after === undefined || compareBytes(own.last, after) < 0;
}

function sumFences(fences: readonly Fence[]): NodeContents {
  const [first, last] = [fences[0]?.path, fences.at(-1)?.path];
  let [entries, bytes] = [0, 0];
  for (const fence of fences) {
    entries += fence.entries;
    bytes += fence.bytes;
  }
  return { first: first ?? TOP, last: last ?? TOP, entries, bytes };
}
