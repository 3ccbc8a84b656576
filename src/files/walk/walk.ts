/**
 * The walk: from roots on disk to entries in path order. Synchronous, for a worker thread of its
 * own.
 *
 * Depth first, names sorted as bytes, a folder right before its contents: that is the order of
 * `PathKey`s, because zero, which ends a component there, sorts before every byte of a name. Memory
 * is bounded by the names of the folders on the way down, not by the tree.
 *
 * The folders above a root are yielded too, metadata only, so that a restored tree has them. A link
 * above a root is followed (the root lies behind it); a link below one, or a root that is one, is
 * kept as link. The root folder `/` itself has no entry.
 * @module
 */
import { lstatSync, readlinkSync, statSync, type BigIntStats } from 'node:fs';
import { EntryType, type Entry, type PathKey } from '../../format/entry.ts';
import { describeErrno, isGone, type ReadFailure } from '../errno.ts';
import { displayPath } from '../path.ts';
import { loadAccountNames, type AccountNames } from './account-names.ts';
import { AttributeScan } from './attribute-scan.ts';
import {
  appendName,
  childPlace,
  folderKey,
  readNames,
  releasePlace,
  rootPlace,
  textPath,
  type FolderFrame,
  type FolderPlace,
} from './folder-frame.ts';
import { readFolderRules } from './folder-rules.ts';
import { FoundEntry } from './found-entry.ts';
import { entryTypeOf, makeEntry } from './read-entry.ts';
import { rootsInside, sortRoots, stepsTowards, type RootRange } from './root-list.ts';
import type { Exclusion, ScanProblem, WalkItem, WalkOptions } from './walk-item.ts';

/**
 * Yields what there is under the roots, in path order; problems come near the path they are about.
 * An unreadable folder is both: an entry without contents, and a problem. Leaving the loop early is
 * fine.
 * @throws AppError `usage` before the first item, where a root is not an absolute path
 */
export function* walk(options: WalkOptions): Generator<WalkItem> {
  const walker = new Walker(options);
  const found = walker.found;
  try {
    while (walker.advance()) {
      for (const item of found) yield item;
      found.length = 0;
    }
  } finally {
    walker.close();
  }
}

const BIGINT = { bigint: true } as const;
const NO_ROOTS: RootRange = { start: 0, end: 0 };

/** A path as it is being visited. */
interface Visit {
  readonly frame: FolderFrame;
  readonly name: string;
  readonly key: PathKey;
  /** The path for system calls, as a string where it can be one: that is faster than a Buffer. */
  readonly text: string | undefined;
  /** Set for a root and what lies above: the roots at or below this path. */
  readonly roots: RootRange;
  readonly isRoot: boolean;
}

class Walker {
  /** What the last step found; the caller empties it. */
  readonly found: WalkItem[] = [];
  readonly #options: WalkOptions;
  readonly #accounts: AccountNames;
  readonly #attributes: AttributeScan | undefined;
  readonly #roots: readonly PathKey[];
  readonly #stack: FolderFrame[] = [];
  #pendingCount = 0;

  constructor(options: WalkOptions) {
    this.#options = options;
    this.#accounts = options.accounts ?? loadAccountNames();
    this.#attributes = options.xattrs && new AttributeScan(options.xattrs);
    this.#roots = sortRoots(options.roots);
    this.#start();
  }

  /** Visits one path. Returns false when there is none left. */
  advance(): boolean {
    const frame = this.#stack.at(-1);
    if (!frame) return false;
    if (frame.next < frame.names.length) this.#visitNext(frame);
    else this.#leave(frame);
    return true;
  }

  close(): void {
    while (this.#stack.length > 0) this.#leave(this.#stack.at(-1) as FolderFrame);
  }

  #start(): void {
    const place = rootPlace();
    const all = { start: 0, end: this.#roots.length };
    if (this.#roots[0]?.length !== 0) return this.#pushWay(place, all, undefined);
    const nested = { start: 1, end: all.end };
    const device = lstatSync(place.accessPrefix, BIGINT).dev;
    this.#enter(place, { device, nested, ignoreRules: undefined, pending: undefined });
  }

  #leave(frame: FolderFrame): void {
    if (frame.pending) this.#pendingCount--;
    this.#stack.pop();
    releasePlace(frame.place);
  }

  #visitNext(frame: FolderFrame): void {
    const index = frame.next++;
    const name = frame.names[index] as string;
    const { place, steps, nested } = frame;
    const key = appendName(place.keyPrefix, name);
    const text = textPath(place, name);
    if (steps) {
      const roots = steps[index] ?? NO_ROOTS;
      const isRoot = this.#roots[roots.start]?.length === key.length;
      const visit: Visit = { frame, name, key, text, roots, isRoot };
      return isRoot ? this.#visitWanted(visit) : this.#visitWay(visit);
    }
    const roots = nested.start < nested.end ? rootsInside(this.#roots, nested, key) : NO_ROOTS;
    this.#visitWanted({ frame, name, key, text, roots, isRoot: false });
  }

  /** A folder above roots. */
  #visitWay(visit: Visit): void {
    const { frame, name, key, roots } = visit;
    try {
      const stats = statSync(this.#accessPath(visit), BIGINT);
      if (!stats.isDirectory())
        return this.#rootsFailed(roots, 'a part of the path is not a folder');
      const entry = makeEntry(key, EntryType.directory, stats, this.#accounts);
      this.#addAttributes(entry, visit);
      const place = childPlace(frame.place, name, this.#attributes !== undefined);
      this.#pushWay(place, roots, new FoundEntry(entry, frame.place, name));
    } catch (error) {
      this.#rootsFailed(roots, describeErrno(error));
    }
  }

  /** A root or something below one. */
  #visitWanted(visit: Visit): void {
    const { frame, name, key, isRoot } = visit;
    let stats: BigIntStats;
    try {
      stats = lstatSync(this.#accessPath(visit), BIGINT);
    } catch (error) {
      if (this.#isUnwanted(key)) return;
      if (isRoot) return this.#problem('error', key, 'unreadable', describeErrno(error));
      return this.#failed(key, error);
    }
    const type = entryTypeOf(stats);
    if (type === undefined) {
      return this.#problem('error', key, 'unsupported', 'this kind of file cannot be kept');
    }
    const isDirectory = type === EntryType.directory;
    const selection = this.#options.selector?.select(key, isDirectory) ?? 'take';
    const exclusion = selection === 'skip' ? 'pattern' : this.#exclusionOf(visit, type, stats);
    if (exclusion) return this.#excluded(key, exclusion);

    const entry = makeEntry(key, type, stats, this.#accounts);
    const item = new FoundEntry(entry, frame.place, name);
    if (type === EntryType.symlink && !this.#readTarget(entry, visit)) return;
    this.#addAttributes(entry, visit);
    if (selection === 'take') this.#emit(item);
    if (isDirectory) this.#visitInside(visit, stats.dev, selection === 'take' ? undefined : item);
  }

  #exclusionOf(visit: Visit, type: EntryType, stats: BigIntStats): Exclusion | undefined {
    const { excludeLargerThanBytes: limit } = this.#options;
    if (visit.frame.ignoreRules?.ignores(visit.key, type === EntryType.directory)) {
      return 'ignore-file';
    }
    const isTooLarge = limit !== undefined && type === EntryType.file && Number(stats.size) > limit;
    return isTooLarge ? 'size' : undefined;
  }

  #visitInside(visit: Visit, device: bigint, pending: WalkItem | undefined): void {
    const { frame, key, isRoot, roots } = visit;
    const isNamed = isRoot || this.#roots[roots.start]?.length === key.length;
    const isForeign = !isNamed && device !== frame.device && this.#options.oneFileSystem === true;
    let place: FolderPlace;
    try {
      if (isForeign) this.#excluded(key, 'file-system');
      if (isForeign && roots.start === roots.end) return;
      place = childPlace(frame.place, visit.name, this.#attributes !== undefined);
    } catch (error) {
      return this.#failed(key, error);
    }
    if (isForeign) return this.#pushWay(place, roots, pending);
    const nested = isNamed ? { start: roots.start + 1, end: roots.end } : roots;
    const ignoreRules = frame.ignoreRules;
    this.#enter(place, { device, nested, ignoreRules, pending });
  }

  /** Lists a folder whose contents are wanted. Takes over `place`. */
  #enter(
    place: FolderPlace,
    inherited: Pick<FolderFrame, 'device' | 'nested' | 'ignoreRules' | 'pending'>,
  ): void {
    let names: string[];
    try {
      names = readNames(place);
    } catch (error) {
      releasePlace(place);
      return this.#failed(folderKey(place), error);
    }
    const rules = readFolderRules(place, names, this.#options, inherited.ignoreRules);
    for (const problem of rules.problems) this.found.push({ kind: 'problem', problem });
    const { marked, ignoreRules } = rules;
    if (marked) this.#excluded(folderKey(place), marked.why);
    const wanted = marked ? [marked.name] : names;
    this.#push({ ...inherited, ignoreRules, place, names: wanted, next: 0, steps: undefined });
  }

  #pushWay(place: FolderPlace, roots: RootRange, pending: WalkItem | undefined): void {
    const steps = stepsTowards(this.#roots, roots, folderKey(place));
    const names = steps.map((step) => step.name);
    const rest = { nested: NO_ROOTS, device: 0n, ignoreRules: undefined };
    this.#push({ ...rest, place, names, steps, next: 0, pending });
  }

  #push(frame: FolderFrame): void {
    this.#stack.push(frame);
    if (frame.pending) this.#pendingCount++;
  }

  #readTarget(entry: Entry, visit: Visit): boolean {
    if (visit.roots.start < visit.roots.end && !visit.isRoot) this.#rootsBehindLink(visit);
    try {
      entry.target = readlinkSync(this.#accessPath(visit), { encoding: 'buffer' });
      return true;
    } catch (error) {
      this.#failed(visit.key, error);
      return false;
    }
  }

  /**
   * A root inside a link that another root holds: the tree can't have both the link and a folder
   * there.
   */
  #rootsBehindLink(visit: Visit): void {
    const link = displayPath(visit.key);
    const message = `it lies behind the symbolic link ${link}; name its real path instead`;
    for (let i = visit.roots.start; i < visit.roots.end; i++) {
      const root = this.#roots[i] as PathKey;
      if (root.length > visit.key.length) this.#problem('error', root, 'unsupported', message);
    }
  }

  #addAttributes(entry: Entry, visit: Visit): void {
    if (!this.#attributes) return;
    const problem = this.#attributes.addTo(entry, visit.frame.place, visit.name, visit.text);
    if (problem) this.found.push({ kind: 'problem', problem });
  }

  #accessPath(visit: Visit): Buffer | string {
    if (visit.text !== undefined) return visit.text;
    const { place } = visit.frame;
    return appendName(place.accessPrefix, visit.name);
  }

  /**
   * True where the selector leaves a path out whatever it is: then nobody asks why it can't be
   * read.
   */
  #isUnwanted(key: PathKey): boolean {
    const selector = this.#options.selector;
    return selector?.select(key, false) === 'skip' && selector.select(key, true) === 'skip';
  }

  /** Yields an item, after the folders on the way to it that waited for one. */
  #emit(item: WalkItem): void {
    if (this.#pendingCount > 0) {
      for (const frame of this.#stack) {
        if (frame.pending) this.found.push(frame.pending);
        frame.pending = undefined;
      }
      this.#pendingCount = 0;
    }
    this.found.push(item);
  }

  #failed(path: PathKey, error: unknown): void {
    if (isGone(error)) this.#problem('warning', path, 'vanished', 'it vanished during the backup');
    else this.#problem('error', path, 'unreadable', describeErrno(error));
  }

  #rootsFailed(roots: RootRange, message: string): void {
    for (let i = roots.start; i < roots.end; i++) {
      this.#problem('error', this.#roots[i] as PathKey, 'unreadable', message);
    }
  }

  #problem(
    severity: ScanProblem['severity'],
    path: PathKey,
    reason: ReadFailure,
    message: string,
  ): void {
    this.found.push({ kind: 'problem', problem: { severity, path, reason, message } });
  }

  #excluded(path: PathKey, why: Exclusion): void {
    if (this.#options.reportExcluded === true) this.found.push({ kind: 'excluded', path, why });
  }
}
