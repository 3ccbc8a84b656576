/**
 * Reads the snapshot's entries in path order and decides, one by one, what is to be done: windows
 * of work. Folders are made here, since whatever comes next goes into them; everything else is only
 * planned.
 * @module
 */
import { AppError, isDamage, messageOf, systemCode } from '../../../base/failure.ts';
import type { Entry, PathKey } from '../../../format/entry.ts';
import { EntryType } from '../../../format/entry.ts';
import { describeErrno } from '../../../files/errno.ts';
import { baseName, isInside } from '../../../files/path.ts';
import { NameSet } from '../../../files/restore/name-set.ts';
import { unsafePath } from '../../../files/restore/safe-name.ts';
import type { RestoreNotes } from '../notes.ts';
import type { RestoreOptions } from '../options.ts';
import { ContentPlanner } from './content-planner.ts';
import type { ContentPlannerContext } from './content-planner.ts';
import { EntryPlanner } from './entry-planner.ts';
import type { EntryPlannerContext } from './entry-planner.ts';
import { newFrame } from './folder-stack.ts';
import type { FolderFrame, FolderStack } from './folder-stack.ts';
import { WindowPlan } from './window.ts';

export interface PlannerContext extends EntryPlannerContext, ContentPlannerContext {
  readonly options: RestoreOptions;
  readonly stack: FolderStack;
  readonly notes: RestoreNotes;
}

export class Planner {
  readonly #context: PlannerContext;
  readonly #entries: EntryPlanner;
  readonly #content: ContentPlanner;
  #window: WindowPlan;
  #unsafeFolder: PathKey | undefined;
  /** True where a part of the list of files could not be read: then nothing is deleted. */
  isIncomplete = false;

  constructor(context: PlannerContext) {
    this.#context = context;
    this.#entries = new EntryPlanner(context);
    this.#content = new ContentPlanner(context);
    this.#window = new WindowPlan(0, context.options.windowBytes);
    context.reader.onDamage = (error, from) => this.#loseList(error, from);
  }

  /** A part of the list is lost: what is listed before and behind it is restored all the same. */
  #loseList(error: unknown, from: PathKey): void {
    this.isIncomplete = true;
    const message = `the list of files is damaged here, and some are missing: ${messageOf(error)}`;
    this.#context.notes.problem(from, 'error', 'damaged', message);
  }

  /**
   * The work, in order; a window may be carried out while the next one is planned.
   * @throws AppError `store/…`, `interrupted`
   */
  async *windows(): AsyncGenerator<WindowPlan> {
    const { options, notes, stack } = this.#context;
    try {
      for await (const entry of this.#wantedEntries()) {
        options.signal?.throwIfAborted();
        const item = this.#admit(entry);
        if (item) {
          const flow = this.#content.add(this.#window, entry, item);
          if (flow) {
            for await (const next of flow) {
              yield this.#window;
              this.#window = next;
            }
          }
        }
        if (!this.#window.isFull) continue;
        await notes.settle();
        yield this.#take();
      }
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#loseList(error, options.path ?? new Uint8Array());
    }
    notes.scanned = true;
    stack.finish((frame) => this.#window.closes.push(frame));
    yield this.#window;
  }

  #wantedEntries(): AsyncGenerator<Entry> {
    const { reader, options } = this.#context;
    return reader.entries(options.path ? { inside: options.path } : {});
  }

  #take(): WindowPlan {
    const full = this.#window;
    this.#window = full.next();
    return full;
  }

  /** Everything but content. @returns the item whose content is to be planned */
  #admit(entry: Entry) {
    const { notes, stack } = this.#context;
    const key = this.#relativeKey(entry);
    if (key.length === 0) return undefined;
    if (this.#isUnsafe(entry, key)) return undefined;
    const frame = stack.goTo(key, (closed) => this.#window.closes.push(closed));
    if (frame.state === 'unwanted') return undefined;
    const isFolder = entry.type === EntryType.directory;
    if (frame.state === 'failed') {
      if (isFolder) stack.push(newFrame(key, entry, false, undefined));
      else notes.totals.filesFailed++;
      return undefined;
    }
    frame.names?.add(baseName(key));
    return isFolder ? this.#admitFolder(entry, key) : this.#admitOther(entry, key, frame);
  }

  /** Such a path goes nowhere near the file system. A folder's problem speaks for all in it. */
  #isUnsafe(entry: Entry, key: PathKey): boolean {
    const { notes } = this.#context;
    const reason = unsafePath(key);
    if (reason === undefined) return false;
    const isFolder = entry.type === EntryType.directory;
    if (!isFolder) notes.totals.filesFailed++;
    if (this.#unsafeFolder && isInside(key, this.#unsafeFolder)) return true;
    if (isFolder) this.#unsafeFolder = key;
    notes.problem(entry.path, 'error', 'unsafe', `it cannot be restored: ${reason}`);
    return true;
  }

  /** Where an entry goes, relative to the target; empty for the target itself. */
  #relativeKey(entry: Entry): PathKey {
    const base = this.#context.options.path;
    if (base === undefined || base.length === 0) return entry.path;
    if (entry.path.length > base.length) return entry.path.subarray(base.length + 1);
    return entry.type === EntryType.directory ? entry.path.subarray(0, 0) : baseName(entry.path);
  }

  #enter(frame: FolderFrame, state: FolderFrame['state']): void {
    frame.state = state;
    this.#context.stack.push(frame);
  }

  #admitFolder(entry: Entry, key: PathKey): undefined {
    const { options, notes } = this.#context;
    const selection = options.select?.select(entry.path, true) ?? 'take';
    const names = mayDelete(options, entry.path) ? new NameSet() : undefined;
    const frame = newFrame(key, entry, selection === 'take', names);
    this.#enter(frame, selection === 'skip' ? 'unwanted' : 'waiting');
    if (selection !== 'take' || !this.#openFolders(entry)) return;
    notes.totals.directories++;
    notes.report(frame.fresh ? 'restored' : 'kept', entry.path, 0);
  }

  #admitOther(entry: Entry, key: PathKey, frame: FolderFrame) {
    const { options, notes } = this.#context;
    if (options.select && options.select.select(entry.path, false) !== 'take') return undefined;
    if (!notes.scanned) {
      if (entry.type === EntryType.file) notes.filesTotal++;
      notes.bytesTotal += entry.size;
    }
    if (!this.#openFolders(entry)) {
      this.#entries.fail(entry);
      return undefined;
    }
    try {
      return this.#entries.plan(entry, key, frame, this.#window);
    } catch (error) {
      const message = error instanceof AppError ? error.message : describeErrno(error);
      if (systemCode(error) === '' && !(error instanceof AppError)) throw error;
      notes.problem(entry.path, 'error', 'write', message);
      this.#entries.fail(entry);
      return undefined;
    }
  }

  /** @returns false where one of them cannot be made; that is reported once */
  #openFolders(entry: Entry): boolean {
    const { stack, notes } = this.#context;
    const failure = stack.open();
    if (!failure) return true;
    const { error, frame } = failure;
    const isOurs = error instanceof AppError;
    if (!isOurs && systemCode(error) === '') throw error;
    const reason = isOurs ? String(error.detail['reason'] ?? codeReason(error)) : 'write';
    const message = isOurs ? error.message : describeErrno(error);
    const path = frame.entry?.path ?? entry.path;
    notes.problem(
      path,
      'error',
      reason,
      `the folder cannot be restored, nor what is in it: ${message}`,
    );
    return false;
  }
}

function codeReason(error: AppError): string {
  return error.code === 'files/unsafe' ? 'unsafe' : 'write';
}

/** Above what was backed up, a snapshot knows only the way, not what else is there. */
export function mayDelete(options: RestoreOptions, path: PathKey): boolean {
  if (options.delete !== true) return false;
  return options.snapshot.snapshot.roots.some((root) => isInside(path, root));
}
