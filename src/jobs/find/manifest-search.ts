/**
 * Searches manifests, each distinct node once however many snapshots share it: what is in a node is the same
 * wherever it is met.
 *
 * Remembered are one bit for each node without a match in or under it, the nodes worth looking into under each of the
 * others, and a bounded number of matches. A node with many, or whose matches were let go of, is read again.
 * @module
 */
import { compareBytes } from '../../base/bytes.ts';
import { mapConcurrent } from '../../base/flow.ts';
import type { AppError } from '../../base/failure.ts';
import { isDamage, isFailure } from '../../base/failure.ts';
import type { Entry, PathKey } from '../../format/entry.ts';
import type { ManifestRoot } from '../../format/snapshot.ts';
import type { ChunkTable } from '../../vault/index/chunk-table.ts';
import { RowSet } from '../../vault/index/row-set.ts';
import type { NodeSource, PathRange } from '../../vault/manifest/manifest-reader.ts';
import type { NodePlace } from '../../vault/manifest/placed-node.ts';
import { placedEntries, placedFences } from '../../vault/manifest/placed-node.ts';
import type { EntryMatcher } from './entry-matcher.ts';
import { ownEntry } from './own-entry.ts';

const NODES_AHEAD = 6;
/** Matches that are remembered, of all nodes together, by default. */
const MATCHES_KEPT = 20_000;
/** A node with more is read again: that is no more work than to show them. */
const MATCHES_OF_NODE_KEPT = 64;
const TOP: PathKey = new Uint8Array(0);
const NOTHING = new Uint8Array(0);
const NO_XATTRS: Entry['xattrs'] = [];

export interface ManifestSearchParts {
  /** May fill itself with what is looked for. */
  readonly chunks: ChunkTable;
  readonly source: NodeSource;
  readonly matches: EntryMatcher;
  /** Where matches can be; undefined: anywhere. */
  readonly ranges: readonly PathRange[] | undefined;
  /** Told of a node that cannot be read, with the first path that is lost. Each time that it is met. */
  readonly onDamage: (error: AppError, from: PathKey) => void;
  /** How many matches are remembered. */
  readonly matchesKept?: number;
}

type Matches = readonly Entry[];

export class ManifestSearch {
  nodesRead = 0;
  readonly #parts: ManifestSearchParts;
  readonly #barren: RowSet;
  /** By row of an upper node: what is worth looking into under it. */
  readonly #fruitful = new Map<number, readonly NodePlace[]>();
  /** By row of a level-0 node; the oldest are let go of first. */
  readonly #found = new Map<number, Matches>();
  readonly #damaged = new Map<number, AppError>();
  #kept = 0;

  constructor(parts: ManifestSearchParts) {
    this.#parts = parts;
    this.#barren = new RowSet(parts.chunks.capacity);
  }

  /**
   * The entries that match, in path order, in runs.
   * @throws AppError `store/…`, `interrupted`; damage is told to `onDamage`
   */
  search({ id, level }: ManifestRoot): AsyncGenerator<Matches> {
    return this.#searchAll([{ id, level, path: undefined, after: undefined }]);
  }

  async *#searchAll(places: readonly NodePlace[]): AsyncGenerator<Matches> {
    const worthwhile = places.filter((place) => !this.#isBarren(this.#rowOf(place)));
    const load = async (place: NodePlace) => {
      const loading = this.#isKnown(this.#rowOf(place)) ? undefined : this.#load(place);
      await loading?.catch(() => undefined);
      return { place, loading };
    };
    for await (const { place, loading } of mapConcurrent(worthwhile, NODES_AHEAD, load)) {
      yield* this.#searchNode(place, loading);
    }
  }

  async *#searchNode(
    place: NodePlace,
    loading: Promise<Uint8Array> | undefined,
  ): AsyncGenerator<Matches> {
    const row = this.#rowOf(place);
    const found = this.#found.get(row);
    const known = this.#fruitful.get(row);
    if (found) yield found;
    else if (known) yield* this.#searchAll(known);
    else {
      let node: Uint8Array;
      try {
        // What was known when loading began may have been let go of since.
        node = await (loading ?? this.#load(place));
      } catch (error) {
        return this.#lose(error, place);
      }
      if (place.level === 0) yield* this.#searchEntries(place, node);
      else yield* this.#searchFences(place, node);
    }
  }

  *#searchEntries(place: NodePlace, node: Uint8Array): Generator<Matches> {
    const found: Entry[] = [];
    try {
      for (const entry of placedEntries(node, place)) {
        if (this.#parts.matches(entry)) found.push(entry);
      }
      if (found.length === 0) this.#barren.add(this.#rowOf(place));
      else this.#keep(this.#rowOf(place), found);
    } catch (error) {
      this.#lose(error, place);
    }
    if (found.length > 0) yield found;
  }

  async *#searchFences(place: NodePlace, node: Uint8Array): AsyncGenerator<Matches> {
    const places: NodePlace[] = [];
    try {
      const fences = placedFences(node, place);
      for (const [i, { id, path }] of fences.entries()) {
        const after = fences[i + 1]?.path ?? place.after;
        if (this.#mayHold(path, after)) places.push({ id, level: place.level - 1, path, after });
      }
    } catch (error) {
      return this.#lose(error, place);
    }
    yield* this.#searchAll(places);
    const fruitful = places.filter((one) => !this.#isBarren(this.#rowOf(one)));
    if (fruitful.length === 0) this.#barren.add(this.#rowOf(place));
    else this.#fruitful.set(this.#rowOf(place), fruitful);
  }

  async #load(place: NodePlace): Promise<Uint8Array> {
    const damage = this.#damaged.get(this.#rowOf(place));
    if (damage) throw damage;
    const node = await this.#parts.source.load(place.id);
    this.nodesRead++;
    return node;
  }

  /** -1 where the index does not know the node; loading it fails then. */
  #rowOf({ id }: NodePlace): number {
    return this.#parts.chunks.find(id);
  }

  #isBarren(row: number): boolean {
    return row >= 0 && this.#barren.has(row);
  }

  #isKnown(row: number): boolean {
    return this.#found.has(row) || this.#fruitful.has(row);
  }

  #mayHold(from: PathKey, to: PathKey | undefined): boolean {
    const { ranges } = this.#parts;
    return ranges === undefined || ranges.some((range) => overlaps(range, from, to));
  }

  #keep(row: number, found: Matches): void {
    if (found.length > MATCHES_OF_NODE_KEPT) return;
    this.#found.set(row, found.map(shownOf));
    this.#kept += found.length;
    const { matchesKept = MATCHES_KEPT } = this.#parts;
    for (const [oldest, matches] of this.#found) {
      if (this.#kept <= matchesKept) return;
      this.#found.delete(oldest);
      this.#kept -= matches.length;
    }
  }

  #lose(error: unknown, place: NodePlace): void {
    if (!isDamage(error) && !isFailure(error, 'store/not-found')) throw error;
    this.#damaged.set(this.#rowOf(place), error);
    this.#parts.onDamage(error, place.path ?? TOP);
  }
}

/** What is shown of an entry. */
function shownOf(entry: Entry): Entry {
  return ownEntry({ ...entry, xattrs: NO_XATTRS, content: NOTHING });
}

function overlaps({ from, to }: PathRange, first: PathKey, behind: PathKey | undefined): boolean {
  if (to !== undefined && compareBytes(first, to) >= 0) return false;
  return behind === undefined || compareBytes(behind, from) > 0;
}
