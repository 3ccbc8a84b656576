/**
 * One level-0 node without what cannot be had: files that lost something are left out, or kept with zeros in them.
 * @module
 */
import { compareBytes, utf8Bytes } from '../../../base/bytes.ts';
import type { Entry, PathKey } from '../../../format/entry.ts';
import { EntryType } from '../../../format/entry.ts';
import type { Fence } from '../../../format/manifest-node.ts';
import { NodeWriter, decodeEntries } from '../../../format/manifest-node.ts';
import { contentOf } from '../../backup/compute/id-list.ts';
import type { MutableTotals } from '../../backup/totals.ts';
import { addToTotals, entriesIn, noTotals } from '../../backup/totals.ts';
import type { ContentParts } from './file-content.ts';
import { contentState } from './file-content.ts';
import type { Leaf } from './leaves.ts';
import { isLoss } from './leaves.ts';

/** Says in the file itself that parts of it are zeros. */
export const DAMAGED_ATTRIBUTE = 'user.cybs3.damaged';

/** What became of one path, or of all from it up to the next fence. */
export interface PathLoss {
  readonly path: PathKey;
  readonly action: 'path-dropped' | 'path-zeroed';
  readonly message: string;
  /** Entries that are concerned. */
  readonly entries: number;
}

export interface MendedLeaf {
  /** Undefined where nothing is left of it. */
  readonly fence: Fence | undefined;
  readonly totals: MutableTotals;
  readonly losses: readonly PathLoss[];
}

export interface LeafParts extends ContentParts {
  readonly identify: (chunk: Uint8Array) => Uint8Array;
  /** Files that lost something are kept, with zeros in place of it. */
  readonly zeroFill: boolean;
}

/** @throws AppError `store/…`, `interrupted` */
export async function mendLeaf(leaf: Leaf, parts: LeafParts): Promise<MendedLeaf> {
  const mender = new LeafMender(leaf, parts);
  let node: Uint8Array;
  try {
    node = await parts.source.load(leaf.id);
  } catch (error) {
    if (!isLoss(error)) throw error;
    mender.loseRest(leaf.path, leaf.entries, error.message);
    return mender.finish();
  }
  await mender.addAll(node);
  return mender.finish();
}

class LeafMender {
  readonly #leaf: Leaf;
  readonly #parts: LeafParts;
  readonly #node = new NodeWriter(0);
  readonly #totals = noTotals();
  readonly #losses: PathLoss[] = [];
  #first: PathKey | undefined;

  constructor(leaf: Leaf, parts: LeafParts) {
    this.#leaf = leaf;
    this.#parts = parts;
  }

  async addAll(node: Uint8Array): Promise<void> {
    let last = this.#leaf.path;
    let count = 0;
    try {
      for (const entry of decodeEntries(node)) {
        last = entry.path;
        count++;
        await this.#add(entry);
      }
    } catch (error) {
      if (!isLoss(error)) throw error;
      this.loseRest(last, Math.max(0, this.#leaf.entries - count), error.message);
    }
  }

  loseRest(path: PathKey | undefined, entries: number, message: string): void {
    const from = path ?? new Uint8Array(0);
    this.#losses.push({ path: from, action: 'path-dropped', message, entries });
  }

  async #add(entry: Entry): Promise<void> {
    if (!this.#isInPlace(entry.path)) return this.#drop(entry, 'it is not where it belongs');
    if (entry.type !== EntryType.file) return this.#keep(entry);
    const state = await contentState(entry, this.#parts, this.#parts.zeroFill);
    if (state.isWhole) return this.#keep(entry);
    if (state.isMismatched) return this.#drop(entry, 'its chunks are not as long as it should be');
    const lost = `${state.lostBytes} of its ${entry.size} bytes are gone`;
    if (!state.mended) return this.#drop(entry, lost);
    const message = `${lost}: there are zeros in place of them`;
    const { path } = entry;
    this.#losses.push({ path, action: 'path-zeroed', message, entries: 1 });
    await this.#keepWithZeros(entry, state.mended, state.lostBytes);
  }

  #isInPlace(path: PathKey): boolean {
    const { path: first, after } = this.#leaf;
    return (
      (first === undefined || compareBytes(path, first) >= 0) &&
      (after === undefined || compareBytes(path, after) < 0)
    );
  }

  #drop({ path }: Entry, message: string): void {
    this.#losses.push({ path, action: 'path-dropped', message, entries: 1 });
  }

  #keep(entry: Entry): void {
    this.#first ??= new Uint8Array(entry.path);
    this.#node.addEntry(entry);
    addToTotals(this.#totals, entry);
  }

  /**
   * The change time becomes 1970: a later backup that compares the file with this entry must find it changed, and
   * read it, if it is still there.
   */
  async #keepWithZeros(entry: Entry, ids: Uint8Array, lostBytes: number): Promise<void> {
    const lists: Uint8Array[] = [];
    const { identify, saver } = this.#parts;
    const content = contentOf(ids, (list) => {
      lists.push(list);
      return identify(list);
    });
    for (const list of lists) await saver.save('meta', list);
    const mark = {
      name: utf8Bytes(DAMAGED_ATTRIBUTE),
      value: utf8Bytes(`${lostBytes} bytes lost`),
    };
    const others = entry.xattrs.filter(({ name }) => compareBytes(name, mark.name) !== 0);
    const xattrs = [...others, mark];
    this.#keep({ ...entry, ...content, xattrs, ctimeSec: 0, ctimeNs: 0 });
  }

  async finish(): Promise<MendedLeaf> {
    const [totals, losses, path] = [this.#totals, this.#losses, this.#first];
    if (path === undefined) return { fence: undefined, totals, losses };
    const id = await this.#parts.saver.save('meta', this.#node.take());
    return { fence: { path, id, entries: entriesIn(totals), bytes: totals.bytes }, totals, losses };
  }
}
