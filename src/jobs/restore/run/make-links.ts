/**
 * Gives restored files their further names.
 * @module
 */
import { closeSync, constants, linkSync, lstatSync, openSync, renameSync, rmSync } from 'node:fs';
import { AppError, messageOf, systemCode } from '../../../base/failure.ts';
import { EntryType } from '../../../format/entry.ts';
import { describeErrno } from '../../../files/errno.ts';
import { readFully } from '../../../files/read/read-fully.ts';
import { FileWriter } from '../../../files/restore/file-writer.ts';
import type { MetadataWriter } from '../../../files/restore/metadata/metadata-writer.ts';
import type { OwnerNumbers } from '../../../files/restore/metadata/owners.ts';
import { keepsExisting } from '../../../files/restore/overwrite.ts';
import type { OverwriteMode } from '../../../files/restore/overwrite.ts';
import { partName } from '../../../files/restore/part-name.ts';
import type { TargetTree } from '../../../files/restore/target-tree.ts';
import type { LinkPlan } from '../plan/window.ts';
import { keyText } from '../notes.ts';
import type { RestoreNotes } from '../notes.ts';

/** This file system or these permissions have no such link. */
const NO_LINK = new Set(['EPERM', 'EACCES', 'EXDEV', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);
const READ_ONLY = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const COPY_BYTES = 1024 * 1024;

export interface LinkMakerContext {
  readonly tree: TargetTree;
  /** A second one on the same target: a path of one stays good while the other goes elsewhere. */
  readonly sources: TargetTree;
  readonly metadata: MetadataWriter;
  readonly owners: OwnerNumbers;
  readonly overwrite: OverwriteMode;
  readonly dryRun: boolean;
  readonly notes: RestoreNotes;
}

export class LinkMaker {
  readonly #context: LinkMakerContext;

  constructor(context: LinkMakerContext) {
    this.#context = context;
  }

  /** Reports what goes wrong; throws only where we are wrong. */
  make(link: LinkPlan): void {
    const { notes } = this.#context;
    const { entry } = link;
    const isFile = entry.type === EntryType.file;
    try {
      const made = this.#make(link);
      if (!isFile) notes.totals.others++;
      else if (made) notes.totals.filesRestored++;
      else notes.totals.filesKept++;
      notes.report(made ? 'restored' : 'kept', entry.path, 0);
    } catch (error) {
      if (!(error instanceof AppError) && systemCode(error) === '') throw error;
      const message = error instanceof AppError ? messageOf(error) : describeErrno(error);
      const isLost = error instanceof AppError && error.code === 'chunk/missing';
      notes.problem(entry.path, 'error', isLost ? 'damaged' : 'write', message);
      notes.totals.filesFailed++;
    }
    notes.bytesDone += entry.size;
  }

  /** @returns false where it is there already, or is to be left alone */
  #make(link: LinkPlan): boolean {
    const { tree, sources, overwrite, dryRun, notes } = this.#context;
    if (notes.failedSources.has(keyText(link.from)))
      throw new AppError('chunk/missing', 'the file it is another name of could not be restored');
    if (dryRun) return true;
    const source = sources.place(link.from).path;
    const { folder, name, path } = tree.place(link.to);
    const is = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (!is) return this.#linkOrCopy(link, source, path);
    const wanted = lstatSync(source, { bigint: true });
    if (is.ino === wanted.ino && is.dev === wanted.dev) return false;
    if (overwrite !== 'if-changed' && keepsExisting(overwrite, link.entry, is)) return false;
    const part = folder.path(partName(name));
    rmSync(part, { force: true });
    if (this.#tryLink(source, part)) renameSync(part, path);
    else this.#copy(link, source);
    return true;
  }

  #linkOrCopy(link: LinkPlan, source: Buffer, path: Buffer): true {
    if (!this.#tryLink(source, path)) this.#copy(link, source);
    return true;
  }

  #tryLink(source: Buffer, path: Buffer): boolean {
    try {
      linkSync(source, path);
      return true;
    } catch (error) {
      if (NO_LINK.has(systemCode(error))) return false;
      throw error;
    }
  }

  /** A file of its own with the same content is the next best thing. */
  #copy(link: LinkPlan, source: Buffer): void {
    const { tree, metadata, notes, owners } = this.#context;
    const { entry, to } = link;
    if (entry.type !== EntryType.file)
      throw new AppError('files/write', 'it cannot be made another name of the same thing here');
    const writer = new FileWriter(tree, metadata);
    const { mode, mtimeSec, mtimeNs, xattrs, size, sparse } = entry;
    const [uid, gid] = [owners.uid(entry), owners.gid(entry)];
    const own = { mode, uid, gid, mtimeSec, mtimeNs, xattrs };
    const goal = { path: to, size, sparse, inPlace: false, fresh: false, metadata: own };
    const from = openSync(source, READ_ONLY);
    try {
      const fd = writer.open(goal);
      try {
        const buffer = Buffer.allocUnsafe(COPY_BYTES);
        for (let at = 0; ;) {
          const count = readFully(from, buffer, at);
          if (count === 0) break;
          writer.write(goal, fd, buffer.subarray(0, count), at);
          at += count;
        }
        writer.finish(goal, fd);
      } finally {
        closeSync(fd);
      }
    } finally {
      closeSync(from);
    }
    const message = 'it was another name of a file; here it became a copy';
    notes.problem(entry.path, 'warning', 'hardlink', message);
  }
}
