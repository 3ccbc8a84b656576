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
import type { NativeFiles } from './metadata/native-files.ts';
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

/** A file's names: the last one, the one it has until then, and paths to both. */
interface Place {
  /** The folder's handle; -1 where there is none. */
  readonly folder: number;
  readonly name: Uint8Array;
  readonly part: Buffer;
  readonly path: Buffer;
  readonly partPath: Buffer;
}

/** What makes a small file: Node's calls, or faster ones. */
interface Calls {
  /** A new part file. @throws `EEXIST` where something has its name */
  create(place: Place): number;
  /** From the start of a file that `create` made. */
  write(fd: number, content: Uint8Array): void;
  /** The part file takes its last name. */
  rename(place: Place): void;
  /** What `create` opened. */
  close(fd: number): void;
}

const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const REOPEN = constants.O_RDWR | NO_FOLLOW | (constants.O_NONBLOCK ?? 0);
const CREATE = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW;
/** Names that differ in case or accents may be one file there. */
const FOLDS_NAMES = platform() !== 'linux';

export class FileWriter {
  readonly #tree: TargetTree;
  readonly #metadata: MetadataWriter;
  readonly #calls: Calls;

  constructor(tree: TargetTree, metadata: MetadataWriter) {
    this.#tree = tree;
    this.#metadata = metadata;
    const files = tree.byHandle ? metadata.native?.files : undefined;
    this.#calls = files ? callsByName(files) : CALLS_BY_PATH;
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
    const place = this.#place(goal);
    const fd = this.#createAnew(place);
    try {
      if (goal.sparse) writeSparsely(fd, content, 0);
      else if (content.length > 0) this.#calls.write(fd, content);
      return this.#finish(goal, fd, place, goal.sparse && content.length > 0);
    } catch (error) {
      this.discard(goal);
      throw error;
    } finally {
      this.#calls.close(fd);
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
    const needsLength = goal.sparse || fstatSync(fd).size !== goal.size;
    return this.#finish(goal, fd, this.#place(goal), needsLength);
  }

  #place(goal: FileGoal): Place {
    const { folder, name, path } = this.#tree.place(goal.path);
    const part = partName(name);
    return { folder: folder.fd, name, part, path, partPath: folder.path(part) };
  }

  #createAnew(place: Place): number {
    try {
      return this.#calls.create(place);
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
    unlinkSync(place.partPath);
    return this.#calls.create(place);
  }

  #finish(goal: FileGoal, fd: number, place: Place, needsLength: boolean): MetadataProblem[] {
    if (needsLength) ftruncateSync(fd, goal.size);
    const at = goal.inPlace ? place.path : place.partPath;
    const problems = this.#metadata.apply(fd, at, goal.metadata);
    if (goal.inPlace) return problems;
    if (FOLDS_NAMES && goal.fresh && lstatSync(place.path, { throwIfNoEntry: false })) {
      throw new AppError('files/unsafe', 'another name of the snapshot is the same file here', {
        hint: 'restore it into a folder of its own',
        detail: { reason: 'collision' },
      });
    }
    this.#calls.rename(place);
    return problems;
  }

  /** Removes the part file, because the content cannot be had. What is in place stays as it is. */
  discard(goal: FileGoal): void {
    if (goal.inPlace) return;
    const { folder, name } = this.#tree.place(goal.path);
    removeIfThere(folder.path(partName(name)));
  }
}

const CALLS_BY_PATH: Calls = {
  create: ({ partPath }) => openSync(partPath, CREATE, 0o600),
  write: (fd, content) => writeFully(fd, content, 0),
  rename: ({ partPath, path }) => renameSync(partPath, path),
  close: closeSync,
};

/** Where folders are reached by their handles. */
function callsByName(files: NativeFiles): Calls {
  return {
    create: ({ folder, part }) => files.create(folder, part),
    write: files.write,
    rename: ({ folder, part, name }) => files.rename(folder, part, name),
    close: files.close,
  };
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

function removeIfThere(path: Buffer): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}
