/**
 * Carries out windows: look, fetch, write, link, verify, and close what is complete. While the threads write the last
 * of one, the next begins, so that none of them has to wait for another.
 * @module
 */
import { MiB } from '../../../base/units.ts';
import type { PathKey } from '../../../format/entry.ts';
import { EntryType } from '../../../format/entry.ts';
import { joinPath } from '../../../files/path.ts';
import type { ChunkTable } from '../../../vault/index/chunk-table.ts';
import { keyText } from '../notes.ts';
import type { RestoreNotes } from '../notes.ts';
import { orderNeeds } from '../plan/ranges.ts';
import { WindowView } from '../plan/window.ts';
import type { WindowPlan } from '../plan/window.ts';
import type { FolderCloser } from './close-folder.ts';
import type { Crew } from './crew.ts';
import type { Fetcher } from './fetcher.ts';
import type { LinkMaker } from './make-links.ts';
import type { ItemProblem, Reply } from './messages.ts';

const MAKE_AT_ONCE = 256;
const READ_AT_ONCE_BYTES = 32 * MiB;
const READ_AT_ONCE_NEEDS = 1000;

export interface WindowRunnerContext {
  readonly crew: Crew;
  readonly fetcher: Fetcher;
  readonly chunks: ChunkTable;
  readonly links: LinkMaker;
  readonly folders: FolderCloser;
  readonly notes: RestoreNotes;
  /** The path in the snapshot of what is restored into the target itself. */
  readonly base: PathKey;
  readonly verify: boolean;
}

/** A window that is carried out. */
export interface RunningWindow {
  /** All that it needs from the store is with the workers: the next window may begin. */
  readonly isSent: Promise<void>;
  /** It is complete. Fails as `start` says. */
  readonly isDone: Promise<void>;
}

export class WindowRunner {
  readonly #context: WindowRunnerContext;

  constructor(context: WindowRunnerContext) {
    this.#context = context;
  }

  /**
   * Begins a window. Its links are made, and its folders closed, when the window before it is complete.
   * @param before settles when that is so
   * @throws AppError `store/…`, `files/write` (the target is full), `interrupted`
   */
  start(plan: WindowPlan, before: Promise<void>): RunningWindow {
    const { promise: isSent, resolve, reject } = Promise.withResolvers<void>();
    const run = new WindowRun(this.#context, plan);
    const isDone = run.run(before, resolve);
    isDone.catch(reject);
    isSent.catch(() => undefined);
    return { isSent, isDone };
  }
}

class WindowRun {
  readonly #context: WindowRunnerContext;
  readonly #plan: WindowPlan;

  constructor(context: WindowRunnerContext, plan: WindowPlan) {
    this.#context = context;
    this.#plan = plan;
  }

  /** Whatever comes, the window before has ended, too, when this does. */
  async run(before: Promise<void>, onSent: () => void): Promise<void> {
    try {
      await this.#run(before, onSent);
    } finally {
      await Promise.allSettled([before]);
    }
  }

  async #run(before: Promise<void>, onSent: () => void): Promise<void> {
    const plan = this.#plan;
    const { crew, links, folders, notes, verify } = this.#context;
    // A file that goes on here is finished here, which must not happen while more of it is written there.
    if (plan.continues) await before;
    const view = plan.items.count > 0 ? await this.#writeAll(onSent) : undefined;
    onSent();
    await before;
    for (const link of plan.links) links.make(link);
    if (view && verify) await this.#readBack('verify', view, () => true);
    for (const frame of plan.closes) folders.close(frame);
    if (view) await crew.runOnAll({ kind: 'done', window: plan.number });
    notes.progress();
  }

  /** Everything but links and folders. */
  async #writeAll(onSent: () => void): Promise<WindowView> {
    const plan = this.#plan;
    const { crew, fetcher, chunks } = this.#context;
    const shared = plan.share();
    const view = new WindowView(shared);
    this.#markKnown(plan, view);
    // Not waited for: workers take commands in order, and are still busy with the window before.
    const begun = crew.runOnAll({ kind: 'window', window: shared });
    begun.catch(() => undefined);
    await this.#readBack('check', view, (n) => plan.items.has(n, 'check'));
    const list = this.#countMissing(plan, view);
    const packs = orderNeeds(view, chunks);
    if (packs.length === 0) onSent();
    const onReply = (reply: Reply): void => this.#onReply(reply);
    const fetching = fetcher.run({ window: plan.number, view, packs, onReply, onSent });
    await Promise.all([begun, fetching, this.#makeAll(list)]);
    return view;
  }

  /** Takes in what a worker has done. */
  #onReply(reply: Reply): void {
    const { notes } = this.#context;
    const { items } = this.#plan;
    notes.totals.bytesRestored += reply.bytesWritten;
    notes.totals.bytesVerified += reply.bytesVerified;
    notes.bytesDone += reply.bytesWritten;
    for (const n of reply.made) {
      if (items.typeOf(n) === EntryType.file) notes.totals.filesRestored++;
      else notes.totals.others++;
      if (!notes.isVerbose) continue;
      const { path, size } = items.read(n);
      notes.report('restored', this.#pathOf(path), size);
    }
    const last = reply.made.at(-1);
    if (last !== undefined) notes.currentPath = () => this.#pathOf(items.read(last).path);
    for (const problem of reply.problems) this.#onProblem(problem);
    notes.progress();
  }

  #onProblem(problem: ItemProblem): void {
    const { notes } = this.#context;
    const { item: n, severity, reason, message, failed } = problem;
    const item = this.#plan.items.read(n);
    notes.problem(this.#pathOf(item.path), severity, reason, message);
    if (!failed) return;
    const { totals } = notes;
    totals.filesFailed++;
    if (reason === 'verify') totals[item.kept ? 'filesKept' : 'filesRestored']--;
    if (item.linked) notes.failedSources.add(keyText(item.path));
    const span = this.#plan.spans.get(n);
    if (span) span.failed = true;
  }

  #pathOf(key: PathKey): PathKey {
    return joinPath(this.#context.base, key);
  }

  /** What was lost in an earlier window stays lost; what is only to be verified is there. */
  #markKnown(plan: WindowPlan, view: WindowView): void {
    for (const [n, span] of plan.spans) if (span.failed) view.failed[n] = 1;
    for (const [need, n] of view.itemOf.entries()) {
      if (plan.items.has(n, 'kept')) view.have[need] = 1;
    }
  }

  /** @returns the items that need nothing from the store */
  #countMissing(plan: WindowPlan, view: WindowView): Uint32Array {
    const { chunks, notes } = this.#context;
    for (const [need, n] of view.itemOf.entries()) {
      if (view.have[need] === 0 && view.failed[n] === 0) view.left[n] = (view.left[n] ?? 0) + 1;
      else if (!plan.items.has(n, 'kept'))
        notes.bytesDone += chunks.rawBytesOf(view.rows[need] ?? 0);
    }
    const list: number[] = [];
    for (let n = 0; n < plan.items.count; n++) {
      if (view.left[n] === 0 && !plan.items.has(n, 'kept')) list.push(n);
    }
    return Uint32Array.from(list);
  }

  async #makeAll(list: Uint32Array): Promise<void> {
    const { number: window } = this.#plan;
    const replies: Promise<void>[] = [];
    for (let at = 0; at < list.length; at += MAKE_AT_ONCE) {
      const some = list.slice(at, at + MAKE_AT_ONCE);
      const made = this.#context.crew.run({ kind: 'make', window, list: some });
      replies.push(made.then((reply) => this.#onReply(reply)));
    }
    await Promise.all(replies);
  }

  /** Has the workers read what is on the disk, for runs of needs whose items are `wanted`. */
  async #readBack(
    kind: 'check' | 'verify',
    view: WindowView,
    wanted: (n: number) => boolean,
  ): Promise<void> {
    const replies: Promise<void>[] = [];
    const { crew, chunks } = this.#context;
    const { number: window } = this.#plan;
    let from = 0;
    let bytes = 0;
    const send = (to: number): void => {
      if (to > from) {
        const reading = crew.run({ kind, window, from, to });
        replies.push(reading.then((reply) => this.#onReply(reply)));
      }
      [from, bytes] = [to, 0];
    };
    for (let need = 0; need < view.rows.length; need++) {
      if (!wanted(view.itemOf[need] ?? 0)) {
        send(need);
        from = need + 1;
        continue;
      }
      bytes += chunks.rawBytesOf(view.rows[need] ?? 0);
      if (bytes >= READ_AT_ONCE_BYTES || need - from >= READ_AT_ONCE_NEEDS) send(need + 1);
    }
    send(view.rows.length);
    await Promise.all(replies);
  }
}
