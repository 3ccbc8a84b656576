/**
 * Brings one file into being: its content goes to a part file beside it (or, in place, into the
 * file itself), then come its metadata, and the part file takes the name in one step. So the name
 * holds either what was there before or the whole restored file, whenever we are interrupted.
 *
 * Nothing is flushed to the disk by force (as with tar, rsync and restic). After a power cut, not
 * after a mere kill, a file that a system had not written out yet may be short or hold zeros:
 * restore again with `--verify`, which reads everything.
 * @module
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  renameSync,
  unlinkSync,
} from 'node:fs';
import { platform } from 'node:os';
import { AppError, systemCode } from '../../base/failure.ts';
import type { PathKey } from '../../format/entry.ts';
import type { Metadata, MetadataProblem, MetadataWriter } from './metadata/metadata-writer.ts';
import { partName } from './part-name.ts';
import type { TargetTree } from './target-tree.ts';
import { writeFully, writeSparsely } from './write-bytes.ts';

/** What is to become of one file. */
export interface FileGoal {
  /** Relative to the target. */
  readonly path: PathKey;
  readonly size: number;
  /** Runs of zeros become holes. */
  readonly sparse: boolean;
  /** Write into the file that is there. */
  readonly inPlace: boolean;
  /** Its folder was made by this restore, so nothing may have its name yet. */
  readonly fresh: boolean;
  readonly metadata: Metadata;
}

const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const REOPEN = constants.O_RDWR | NO_FOLLOW | (constants.O_NONBLOCK ?? 0);
const CREATE = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW;
/** Names that differ in case or accents may be one file there. */
const FOLDS_NAMES = platform() !== 'linux';

export class FileWriter {
  readonly #tree: TargetTree;
  readonly #metadata: MetadataWriter;

  constructor(tree: TargetTree, metadata: MetadataWriter) {
    this.#tree = tree;
    this.#metadata = metadata;
  }

  /**
   * Opens what the content goes to, for reading and writing; the part file is made where there is
   * none. Threads may open the same one. The caller closes it.
   * @throws AppError `files/unsafe` where it is not a plain file of one name; an errno error else
   */
  open(goal: FileGoal): number {
    const { folder, name, path } = this.#tree.place(goal.path);
    if (goal.inPlace) return openPlain(path);
    const part = folder.path(partName(name));
    try {
      return openSync(part, CREATE, 0o600);
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
    return openPlain(part);
  }

  /** A small file in one go. @returns what of its metadata could not be set. @throws as `open` */
  writeWhole(goal: FileGoal, content: Uint8Array): MetadataProblem[] {
    const { folder, name, path } = this.#tree.place(goal.path);
    const part = folder.path(partName(name));
    const fd = createAnew(part);
    try {
      if (content.length > 0) this.write(goal, fd, content, 0);
      return this.#finish(goal, fd, { part, path }, goal.sparse && content.length > 0);
    } catch (error) {
      this.discard(goal);
      throw error;
    } finally {
      closeSync(fd);
    }
  }

  /** Writes one stretch. Into old content zeros are written, too. */
  write(goal: FileGoal, fd: number, content: Uint8Array, position: number): void {
    if (goal.sparse && !goal.inPlace) writeSparsely(fd, content, position);
    else writeFully(fd, content, position);
  }

  /**
   * Sets length and metadata and gives the file its name. `fd` stays open.
   * @returns what of its metadata could not be set
   * @throws AppError `files/unsafe` where another name of the snapshot has become the same file
   */
  finish(goal: FileGoal, fd: number): MetadataProblem[] {
    const { folder, name, path } = this.#tree.place(goal.path);
    const places = { part: folder.path(partName(name)), path };
    return this.#finish(goal, fd, places, goal.sparse || fstatSync(fd).size !== goal.size);
  }

  #finish(
    goal: FileGoal,
    fd: number,
    { part, path }: { part: Buffer; path: Buffer },
    needsLength: boolean,
  ): MetadataProblem[] {
    const from = goal.inPlace ? path : part;
    if (needsLength) ftruncateSync(fd, goal.size);
    const problems = this.#metadata.apply(fd, from, goal.metadata);
    if (goal.inPlace) return problems;
    if (FOLDS_NAMES && goal.fresh && lstatSync(path, { throwIfNoEntry: false })) {
      throw new AppError('files/unsafe', 'another name of the snapshot is the same file here', {
        hint: 'restore it into a folder of its own',
        detail: { reason: 'collision' },
      });
    }
    renameSync(from, path);
    return problems;
  }

  /** Removes the part file, because the content cannot be had. What is in place stays as it is. */
  discard(goal: FileGoal): void {
    if (goal.inPlace) return;
    const { folder, name } = this.#tree.place(goal.path);
    removeIfThere(folder.path(partName(name)));
  }
}

/** Whoever may write into the target could have put another name of a foreign file there. */
function openPlain(path: Buffer): number {
  const fd = openSync(path, REOPEN);
  const stats = fstatSync(fd);
  if (stats.isFile() && stats.nlink === 1) return fd;
  closeSync(fd);
  throw new AppError('files/unsafe', 'something else is where its content should go', {
    hint: 'remove it, or restore into an empty folder',
  });
}

function createAnew(part: Buffer): number {
  try {
    return openSync(part, CREATE, 0o600);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
  unlinkSync(part);
  return openSync(part, CREATE, 0o600);
}

function removeIfThere(path: Buffer): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}
