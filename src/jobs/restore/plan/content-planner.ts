/**
 * Finds the chunks of files in the index and puts them into windows. A file longer than a window
 * goes through several.
 * @module
 */
import { isDamage, messageOf } from '../../../base/failure.ts';
import type { Entry } from '../../../format/entry.ts';
import { keyText } from '../notes.ts';
import { PACK_PENDING } from '../../../vault/index/chunk-table.ts';
import type { ChunkTable } from '../../../vault/index/chunk-table.ts';
import type { ManifestReader } from '../../../vault/manifest/manifest-reader.ts';
import type { RestoreNotes } from '../notes.ts';
import type { RestoreItem } from './item-table.ts';
import type { Span, WindowPlan } from './window.ts';

const ID_BYTES = 32;

export interface ContentPlannerContext {
  readonly reader: ManifestReader;
  readonly chunks: ChunkTable;
  readonly notes: RestoreNotes;
}

/** How far the content of one file has been planned. */
interface Progress {
  readonly entry: Entry;
  item: RestoreItem;
  window: WindowPlan;
  span: Span | undefined;
  position: number;
}

export class ContentPlanner {
  readonly #context: ContentPlannerContext;

  constructor(context: ContentPlannerContext) {
    this.#context = context;
  }

  /**
   * Adds a file and its chunks to `window`. Where the file is too long for that, this returns
   * further windows: each one that comes replaces the one before, which is then full.
   */
  add(window: WindowPlan, entry: Entry, item: RestoreItem): AsyncGenerator<WindowPlan> | undefined {
    const progress: Progress = { entry, item, window, span: undefined, position: 0 };
    if (entry.contentDepth === 1) return this.#addLong(progress);
    const [needs, bytes] = [window.needs, window.contentBytes];
    const damage = this.#addIds(progress, entry.content) ?? missingEnd(progress);
    if (damage === undefined) {
      window.items.add(item);
    } else {
      window.dropNeeds(needs, bytes);
      this.#report(progress, damage);
    }
    return undefined;
  }

  async *#addLong(progress: Progress): AsyncGenerator<WindowPlan> {
    const { entry } = progress;
    const { reader } = this.#context;
    const [needs, bytes] = [progress.window.needs, progress.window.contentBytes];
    let damage: string | undefined;
    try {
      for await (const ids of reader.contentIds(entry)) {
        for (let at = 0; at < ids.length && damage === undefined; at += ID_BYTES) {
          damage = this.#addIds(progress, ids.subarray(at, at + ID_BYTES));
          if (progress.window.isFull && damage === undefined && progress.position < entry.size)
            yield this.#nextWindow(progress);
        }
        if (damage !== undefined) break;
      }
    } catch (error) {
      if (!isDamage(error)) throw error;
      damage = messageOf(error);
    }
    damage ??= missingEnd(progress);
    if (damage !== undefined) {
      this.#report(progress, damage);
      if (!progress.span) {
        progress.window.dropNeeds(needs, bytes);
        return;
      }
      progress.span.failed = true;
    }
    this.#putItem(progress, true);
  }

  #nextWindow(progress: Progress): WindowPlan {
    progress.span ??= { failed: false };
    this.#putItem(progress, false);
    progress.item = { ...progress.item, continued: true };
    progress.window = progress.window.next();
    return progress.window;
  }

  #putItem(progress: Progress, ends: boolean): void {
    const { window, item, span } = progress;
    if (span) window.spans.set(window.items.count, span);
    window.continues ||= item.continued;
    window.items.add({ ...item, ends });
  }

  /** @returns why the file cannot be restored */
  #addIds(progress: Progress, ids: Uint8Array): string | undefined {
    const { chunks } = this.#context;
    for (let at = 0; at < ids.length; at += ID_BYTES) {
      const row = chunks.find(ids, at);
      if (row < 0 || chunks.packOf(row) === PACK_PENDING)
        return 'a part of its content is in no pack that the index knows';
      const rawBytes = chunks.rawBytesOf(row);
      if (progress.position + rawBytes > progress.entry.size)
        return 'its content is longer than it was';
      progress.window.addNeed(row, progress.position, rawBytes);
      progress.position += rawBytes;
    }
    return undefined;
  }

  #report({ entry, item }: Progress, damage: string): void {
    const { notes } = this.#context;
    if (item.linked) notes.failedSources.add(keyText(item.path));
    notes.problem(entry.path, 'error', 'damaged', damage);
    notes.totals.filesFailed++;
    notes.bytesDone += entry.size;
  }
}

function missingEnd({ position, entry }: Progress): string | undefined {
  return position === entry.size ? undefined : 'its content is shorter than it was';
}
