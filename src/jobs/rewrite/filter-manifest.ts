/**
 * Builds the manifest that a backup would have made had it excluded what is excluded now. Nodes that lose nothing come
 * out the same, and are not even loaded where another snapshot had them.
 * @module
 */
import { compareBytes, toHex } from '../../base/bytes.ts';
import { mapConcurrent } from '../../base/flow.ts';
import type { Selector } from '../../files/select/selector.ts';
import type { Entry, PathKey } from '../../format/entry.ts';
import type { Fence } from '../../format/manifest-node.ts';
import { decodeEntries } from '../../format/manifest-node.ts';
import type { ManifestRoot, SnapshotTotals } from '../../format/snapshot.ts';
import { ENTRIES_LOG2, ManifestBuilder } from '../../vault/manifest/manifest-builder.ts';
import type { NodeSource } from '../../vault/manifest/manifest-reader.ts';
import { ManifestReader } from '../../vault/manifest/manifest-reader.ts';
import { addToTotals, entriesIn, noTotals, sumTotals } from '../backup/totals.ts';
import type { FinishedBatch } from '../backup/walk/batch-builder.ts';
import { BatchBuilder } from '../backup/walk/batch-builder.ts';
import { EntryFilter } from './entry-filter.ts';

const NODES_AHEAD = 6;
const TOP: PathKey = new Uint8Array(0);
/** A hundred bytes each. */
const REMEMBERED_MAX = 200_000;

export interface FilterParts {
  readonly source: NodeSource;
  readonly selector: Selector;
  readonly startsNode: (path: PathKey, averageLog2: number) => boolean;
  /** Of the snapshot, in path order: a node begins there, and those before hold the folders above. */
  readonly firstRoot: PathKey | undefined;
  /** Stores a node that is new. @returns its id */
  readonly saveNode: (node: Uint8Array) => Promise<Uint8Array>;
  /** What nodes hold that lose nothing, by their ids in hex: kept from one snapshot to the next of the same roots. */
  readonly untouched: Map<string, SnapshotTotals>;
  readonly onDropped: (entry: Entry) => void;
  readonly onNode: (entries: number) => void;
}

export interface FilteredManifest {
  /** Undefined where nothing is left. */
  readonly manifest: ManifestRoot | undefined;
  readonly totals: SnapshotTotals;
  readonly dropped: SnapshotTotals;
}

/** @throws AppError `chunk/…`, `object/…`, `format/invalid`, `store/…` */
export async function filterManifest(
  root: ManifestRoot,
  parts: FilterParts,
): Promise<FilteredManifest> {
  const run = new FilterRun(parts);
  const leaves = new ManifestReader(parts.source, root).leavesFrom(TOP);
  const load = async (fence: Fence) => {
    const totals = parts.untouched.get(toHex(fence.id));
    return { fence, totals, node: totals ? undefined : await parts.source.load(fence.id) };
  };
  for await (const { fence, totals, node } of mapConcurrent(leaves, NODES_AHEAD, load)) {
    if (node) await run.addNode(fence, node);
    else if (totals) await run.addUntouched(fence, totals);
    parts.onNode(fence.entries);
  }
  return run.finish();
}

interface HeldNode {
  readonly path: PathKey;
  readonly id: Uint8Array;
  readonly totals: SnapshotTotals;
}

class FilterRun {
  readonly #parts: FilterParts;
  readonly #filter: EntryFilter;
  readonly #manifest: ManifestBuilder;
  readonly #batches: BatchBuilder;
  #finished: FinishedBatch[] = [];
  #totals = noTotals();
  readonly #dropped = noTotals();
  /** The batch builder holds entries. */
  #isOpen = false;
  /** The last node, where it stayed as it was; what comes next may have to join it. */
  #held: HeldNode | undefined;
  /** Something was dropped since the last entry that stayed. */
  #isGap = false;
  /** Until it is passed. */
  #firstRoot: PathKey | undefined;

  constructor(parts: FilterParts) {
    this.#parts = parts;
    this.#firstRoot = parts.firstRoot;
    const { startsNode, saveNode, selector } = parts;
    this.#manifest = new ManifestBuilder({ startsNode, saveNode });
    this.#batches = new BatchBuilder(startsNode, (batch) => this.#finished.push(batch));
    this.#filter = new EntryFilter(selector, (entry) => {
      addToTotals(this.#dropped, entry);
      this.#isGap = true;
      parts.onDropped(entry);
    });
  }

  async addNode(fence: Fence, node: Uint8Array): Promise<void> {
    const isWaiting = this.#filter.isWaiting;
    const kept: Entry[] = [];
    let count = 0;
    const totals = noTotals();
    for (const entry of decodeEntries(node)) {
      count++;
      addToTotals(totals, entry);
      kept.push(...this.#filter.take(entry));
    }
    const isWhole = !isWaiting && !this.#filter.isWaiting && kept.length === count;
    if (!isWhole) return this.#addEntries(kept);
    if (this.#parts.untouched.size < REMEMBERED_MAX) {
      this.#parts.untouched.set(toHex(fence.id), totals);
    }
    if (this.#mayStay(fence)) await this.#stay(fence, totals);
    else await this.#addEntries(kept);
  }

  /** A node of which it is known that it loses nothing. */
  async addUntouched(fence: Fence, totals: SnapshotTotals): Promise<void> {
    if (!this.#filter.isWaiting && this.#mayStay(fence)) return this.#stay(fence, totals);
    await this.addNode(fence, await this.#parts.source.load(fence.id));
  }

  /** Where entries before it went, nodes are cut anew, until one begins where any tree would have it begin. */
  #mayStay({ path }: Fence): boolean {
    const isJoined = this.#isOpen || (this.#held !== undefined && this.#isGap);
    return !isJoined || this.#beginsNode(path);
  }

  #beginsNode(path: PathKey): boolean {
    return this.#isRootPassed(path) || this.#parts.startsNode(path, ENTRIES_LOG2);
  }

  #isRootPassed(path: PathKey): boolean {
    return this.#firstRoot !== undefined && compareBytes(path, this.#firstRoot) >= 0;
  }

  async #stay({ path, id }: Fence, totals: SnapshotTotals): Promise<void> {
    this.#batches.flush();
    this.#isOpen = false;
    await this.#saveFinished();
    await this.#letGo();
    this.#held = { path: new Uint8Array(path), id: new Uint8Array(id), totals };
    this.#isGap = false;
    if (this.#isRootPassed(path)) this.#firstRoot = undefined;
  }

  async #addEntries(entries: readonly Entry[]): Promise<void> {
    const [first] = entries;
    if (!first) return;
    const joins = this.#isGap && !this.#beginsNode(first.path);
    if (this.#held && joins) await this.#reopen(this.#held);
    else await this.#letGo();
    this.#isGap = false;
    this.#isOpen = true;
    for (const entry of entries) this.#add(entry);
    await this.#saveFinished();
  }

  /** The node before lost nothing, but what followed it did: it goes on with what comes now. */
  async #reopen({ id }: HeldNode): Promise<void> {
    this.#held = undefined;
    for (const entry of decodeEntries(await this.#parts.source.load(id))) {
      this.#add(entry);
    }
  }

  #add(entry: Entry): void {
    if (this.#isRootPassed(entry.path)) {
      this.#batches.flush();
      this.#firstRoot = undefined;
    }
    this.#batches.add(entry, false);
  }

  /** Nothing joins the last node any more. */
  async #letGo(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    if (held) await this.#addFence(held.path, held.id, held.totals);
  }

  async #saveFinished(): Promise<void> {
    const finished = this.#finished;
    this.#finished = [];
    for (const { node, summary } of finished) {
      await this.#addFence(summary.path, await this.#parts.saveNode(node), summary.totals);
    }
  }

  async #addFence(path: PathKey, id: Uint8Array, totals: SnapshotTotals): Promise<void> {
    this.#totals = sumTotals(this.#totals, totals);
    await this.#manifest.add({ path, id, entries: entriesIn(totals), bytes: totals.bytes });
  }

  async finish(): Promise<FilteredManifest> {
    this.#filter.end();
    this.#batches.flush();
    await this.#letGo();
    await this.#saveFinished();
    const manifest = await this.#manifest.finish();
    return { manifest, totals: this.#totals, dropped: this.#dropped };
  }
}
