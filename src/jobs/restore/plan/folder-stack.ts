/**
 * The folders from the target down to where the planner is. Entries come depth first, so a folder
 * is complete when the next entry is outside it, and only one path of folders is held at a time.
 * @module
 */
import {
  closeSync,
  constants,
  chmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  unlinkSync,
} from 'node:fs';
import { platform } from 'node:os';
import { AppError, systemCode } from '../../../base/failure.ts';
import { asBuffer } from '../../../base/bytes.ts';
import type { Entry, PathKey } from '../../../format/entry.ts';
import { componentsOf, isInside } from '../../../files/path.ts';
import { NameSet } from '../../../files/restore/name-set.ts';
import { keepsExisting } from '../../../files/restore/overwrite.ts';
import type { OverwriteMode } from '../../../files/restore/overwrite.ts';
import { isPartName } from '../../../files/restore/part-name.ts';
import { namesIn } from '../../../files/restore/remove-tree.ts';
import type { TargetTree } from '../../../files/restore/target-tree.ts';

/**
 * `waiting`: not made yet, and only made when something in it is taken. `open`: it is there.
 * `unwanted`: nothing in it is taken. `failed`: it could not be made, so nothing in it can be.
 */
export type FrameState = 'waiting' | 'open' | 'unwanted' | 'failed';

/** Why a folder could not be made. */
export interface FolderFailure {
  readonly frame: FolderFrame;
  readonly error: unknown;
}

export interface FolderFrame {
  /** Relative to the target. */
  readonly key: PathKey;
  /** Absent where the snapshot has no entry for it. */
  readonly entry: Entry | undefined;
  /** It is restored for its own sake, not only as the way to something inside. */
  readonly isTaken: boolean;
  state: FrameState;
  /** Made by this restore, so nothing of old is in it. */
  fresh: boolean;
  /** Part files of an earlier restore that nobody has claimed yet. */
  readonly leftovers: Set<string>;
  /** What it should have; with `--delete`, and only where deleting is allowed. */
  readonly names: NameSet | undefined;
}

export interface FolderStackOptions {
  readonly overwrite: OverwriteMode;
  readonly dryRun: boolean;
  /** Files in the way may have any permissions for us. */
  readonly isRoot: boolean;
  readonly rootIsFresh: boolean;
  readonly rootEntry: Entry | undefined;
  readonly rootNames: NameSet | undefined;
}

const O_PATH = 0o10000000;

export class FolderStack {
  readonly #tree: TargetTree;
  readonly #options: FolderStackOptions;
  readonly #frames: FolderFrame[];

  constructor(tree: TargetTree, options: FolderStackOptions) {
    this.#tree = tree;
    this.#options = options;
    const { rootIsFresh, rootEntry, rootNames } = options;
    const root = newFrame(Buffer.alloc(0), rootEntry, rootIsFresh, rootNames);
    root.state = 'open';
    root.fresh = rootIsFresh;
    if (!rootIsFresh) this.#findLeftovers(root);
    this.#frames = [root];
  }

  /**
   * Goes to the folder that holds `key`, and hands the folders that are complete by that to
   * `onClose`. Folders on the way that had no entry of their own are put in.
   */
  goTo(key: PathKey, onClose: (frame: FolderFrame) => void): FolderFrame {
    while (key.length === this.#top.key.length || !isInside(key, this.#top.key)) this.#pop(onClose);
    let end = this.#top.key.length;
    const depth = end === 0 ? 0 : componentsOf(this.#top.key).length;
    for (const name of componentsOf(key).slice(depth, -1)) {
      end += name.length + (end === 0 ? 0 : 1);
      this.push(newFrame(key.slice(0, end), undefined, false, undefined));
    }
    return this.#top;
  }

  /** Enters a folder; `goTo` its key must have come before. */
  push(frame: FolderFrame): void {
    const { state } = this.#top;
    if (state === 'unwanted' || state === 'failed') frame.state = state;
    this.#frames.push(frame);
  }

  /** Hands over all folders, the target itself last. */
  finish(onClose: (frame: FolderFrame) => void): void {
    while (this.#frames.length > 0) this.#pop(onClose);
  }

  /**
   * Makes every folder on the way that is not there yet.
   * @returns what stopped it; that folder and those in it have failed then
   */
  open(): FolderFailure | undefined {
    for (const [depth, frame] of this.#frames.entries()) {
      if (frame.state !== 'waiting') continue;
      const parent = this.#frames[depth - 1];
      try {
        this.#make(frame, parent?.fresh === true);
        frame.state = 'open';
      } catch (error) {
        for (const inner of this.#frames.slice(depth)) inner.state = 'failed';
        return { frame, error };
      }
    }
    return undefined;
  }

  get #top(): FolderFrame {
    return this.#frames.at(-1) as FolderFrame;
  }

  #pop(onClose: (frame: FolderFrame) => void): void {
    const frame = this.#frames.pop();
    if (frame?.state === 'open') onClose(frame);
  }

  #make(frame: FolderFrame, parentIsFresh: boolean): void {
    const { dryRun, overwrite } = this.#options;
    if (parentIsFresh && dryRun) {
      frame.fresh = true;
      return;
    }
    const { path } = this.#tree.place(frame.key);
    const existing = parentIsFresh
      ? undefined
      : lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (existing?.isDirectory()) {
      this.#openForUs(path, Number(existing.mode));
      this.#findLeftovers(frame);
      return;
    }
    if (existing) {
      const keep = overwrite === 'never' || (frame.entry && overwrite === 'if-newer');
      if (keep && (!frame.entry || keepsExisting(overwrite, frame.entry, existing)))
        throw inTheWay();
      if (!dryRun) unlinkSync(path);
    }
    frame.fresh = true;
    if (!dryRun) makeFolder(path);
  }

  /**
   * An earlier restore, or the user, may have left a folder that even its owner cannot write into.
   */
  #openForUs(path: Buffer, mode: number): void {
    const { isRoot, dryRun } = this.#options;
    if (isRoot || dryRun || (mode & 0o700) === 0o700 || platform() !== 'linux') return;
    const fd = openSync(path, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      chmodSync(`/proc/self/fd/${fd}`, (fstatSync(fd).mode & 0o7777) | 0o700);
    } catch (error) {
      if (systemCode(error) !== 'EPERM') throw error;
    } finally {
      closeSync(fd);
    }
  }

  #findLeftovers(frame: FolderFrame): void {
    for (const name of namesIn(this.#tree.folder(frame.key).self)) {
      if (isPartName(name)) frame.leftovers.add(asBuffer(name).toString('latin1'));
    }
  }
}

export function newFrame(
  key: PathKey,
  entry: Entry | undefined,
  isTaken: boolean,
  names: NameSet | undefined,
): FolderFrame {
  const leftovers = new Set<string>();
  return { key, entry, isTaken, state: 'waiting', fresh: false, leftovers, names };
}

function makeFolder(path: Buffer): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    throw new AppError('files/unsafe', 'another name of the snapshot is the same folder here', {
      hint: 'restore it into a folder of its own',
      detail: { reason: 'collision' },
    });
  }
}

function inTheWay(): AppError {
  return new AppError('files/write', 'something that is not a folder has its name and is kept', {
    hint: 'use --overwrite always to replace it',
    detail: { reason: 'kept' },
  });
}
