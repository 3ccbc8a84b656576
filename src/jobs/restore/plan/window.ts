/**
 * A window: as much of a restore as is planned and carried out at once. Windows bound the memory of
 * a restore of any size, and are large enough that nearly every stretch of a pack is fetched once.
 * @module
 */
import type { Entry, PathKey } from '../../../format/entry.ts';
import type { FolderFrame } from './folder-stack.ts';
import { ItemTableWriter } from './item-table.ts';
import type { ItemTableShared } from './item-table.ts';

const WINDOW_CONTENT_BYTES = 1024 * 1024 * 1024;
const WINDOW_ITEMS = 16_000;
const WINDOW_NEEDS = 200_000;

/**
 * A further name for a file that is there, or will be once the content of this window is written.
 */
export interface LinkPlan {
  readonly from: PathKey;
  readonly to: PathKey;
  readonly entry: Entry;
}

/** An item that goes on in the next window; one object for all windows it is in. */
export interface Span {
  failed: boolean;
}

/**
 * The columns that all threads share. Row `i` of the first three: one chunk at one place in one
 * file.
 */
export interface WindowShared {
  readonly number: number;
  readonly items: ItemTableShared;
  /** u32: row of the chunk in the index. */
  readonly rows: SharedArrayBuffer;
  /** u32: which item. */
  readonly itemOf: SharedArrayBuffer;
  /** f64: where in the file. */
  readonly positions: SharedArrayBuffer;
  /** u8: 1 where the disk has it already. */
  readonly have: SharedArrayBuffer;
  /** u32: the needs in the order of their packs; filled in before the first range is handed out. */
  readonly order: SharedArrayBuffer;
  /** i32 an item: chunks that are still to come. Whoever takes the last one finishes the file. */
  readonly left: SharedArrayBuffer;
  /** i32 an item: 1 once it is known that it cannot be restored. */
  readonly failed: SharedArrayBuffer;
}

/** Collects one window. */
export class WindowPlan {
  readonly number: number;
  readonly items = new ItemTableWriter();
  /** Spans by item number. */
  readonly spans = new Map<number, Span>();
  /** A file that began in the window before goes on in this one. */
  continues = false;
  readonly links: LinkPlan[] = [];
  /** Folders that are complete when this window is, inner ones first. */
  readonly closes: FolderFrame[] = [];
  contentBytes = 0;
  readonly #contentBytesMax: number;
  #rows = new Uint32Array(1024);
  #itemOf = new Uint32Array(1024);
  #positions = new Float64Array(1024);
  #needs = 0;

  /** @param contentBytesMax it is full with so much content, or so many entries */
  constructor(number: number, contentBytesMax = WINDOW_CONTENT_BYTES) {
    this.number = number;
    this.#contentBytesMax = contentBytesMax;
  }

  /** The empty one that follows. */
  next(): WindowPlan {
    return new WindowPlan(this.number + 1, this.#contentBytesMax);
  }

  get needs(): number {
    return this.#needs;
  }

  get isFull(): boolean {
    return (
      this.contentBytes >= this.#contentBytesMax ||
      this.#needs >= WINDOW_NEEDS ||
      this.items.count + this.links.length + this.closes.length >= WINDOW_ITEMS
    );
  }

  /** Chunk `row` of the index is needed at `position` of the item that will be added next. */
  addNeed(row: number, position: number, rawBytes: number): void {
    if (this.#needs === this.#rows.length) this.#grow();
    const at = this.#needs++;
    this.#rows[at] = row;
    this.#itemOf[at] = this.items.count;
    this.#positions[at] = position;
    this.contentBytes += rawBytes;
  }

  /** Takes back the needs since there were `needs` of them. */
  dropNeeds(needs: number, contentBytes: number): void {
    this.#needs = needs;
    this.contentBytes = contentBytes;
  }

  share(): WindowShared {
    const needs = this.#needs;
    const rows = new SharedArrayBuffer(needs * 4);
    const itemOf = new SharedArrayBuffer(needs * 4);
    const positions = new SharedArrayBuffer(needs * 8);
    new Uint32Array(rows).set(this.#rows.subarray(0, needs));
    new Uint32Array(itemOf).set(this.#itemOf.subarray(0, needs));
    new Float64Array(positions).set(this.#positions.subarray(0, needs));
    const count = this.items.count * 4;
    return {
      number: this.number,
      items: this.items.share(),
      rows,
      itemOf,
      positions,
      have: new SharedArrayBuffer(needs),
      order: new SharedArrayBuffer(needs * 4),
      left: new SharedArrayBuffer(count),
      failed: new SharedArrayBuffer(count),
    };
  }

  #grow(): void {
    const length = this.#rows.length * 2;
    const grown = [new Uint32Array(length), new Uint32Array(length)] as const;
    grown[0].set(this.#rows);
    grown[1].set(this.#itemOf);
    const positions = new Float64Array(length);
    positions.set(this.#positions);
    [this.#rows, this.#itemOf, this.#positions] = [...grown, positions];
  }
}

/** Typed views of a shared window. */
export class WindowView {
  readonly rows: Uint32Array;
  readonly itemOf: Uint32Array;
  readonly positions: Float64Array;
  readonly have: Uint8Array;
  readonly order: Uint32Array;
  readonly left: Int32Array;
  readonly failed: Int32Array;

  constructor(shared: WindowShared) {
    this.rows = new Uint32Array(shared.rows);
    this.itemOf = new Uint32Array(shared.itemOf);
    this.positions = new Float64Array(shared.positions);
    this.have = new Uint8Array(shared.have);
    this.order = new Uint32Array(shared.order);
    this.left = new Int32Array(shared.left);
    this.failed = new Int32Array(shared.failed);
  }
}
