/**
 * What a folder gets once everything in it is restored: nothing that should not be there, and its
 * own owner, mode and times, which nothing will disturb any more.
 * @module
 */
import { lstatSync } from 'node:fs';
import type { PathKey } from '../../../format/entry.ts';
import { AppError, messageOf, systemCode } from '../../../base/failure.ts';
import { describeErrno } from '../../../files/errno.ts';
import { joinPath } from '../../../files/path.ts';
import type { MetadataWriter } from '../../../files/restore/metadata/metadata-writer.ts';
import type { OwnerNumbers } from '../../../files/restore/metadata/owners.ts';
import type { OverwriteMode } from '../../../files/restore/overwrite.ts';
import { namesIn, removeTree } from '../../../files/restore/remove-tree.ts';
import type { TargetTree } from '../../../files/restore/target-tree.ts';
import type { Selector } from '../../../files/select/selector.ts';
import type { FolderFrame } from '../plan/folder-stack.ts';
import type { RestoreNotes } from '../notes.ts';

export interface FolderCloserContext {
  readonly tree: TargetTree;
  readonly metadata: MetadataWriter;
  readonly owners: OwnerNumbers;
  readonly overwrite: OverwriteMode;
  readonly dryRun: boolean;
  readonly select: Selector | undefined;
  readonly notes: RestoreNotes;
  /** The path in the snapshot of what is restored into the target itself. */
  readonly base: PathKey;
  /** False where the list of files is not complete. */
  mayDelete(): boolean;
}

export class FolderCloser {
  readonly #context: FolderCloserContext;

  constructor(context: FolderCloserContext) {
    this.#context = context;
  }

  /** Reports what goes wrong; throws only where we are wrong. */
  close(frame: FolderFrame): void {
    const { dryRun, notes } = this.#context;
    try {
      if (!dryRun) this.#removeLeftovers(frame);
      if (frame.names && !frame.fresh && this.#context.mayDelete()) this.#removeExtras(frame);
      if (!dryRun) this.#applyMetadata(frame);
    } catch (error) {
      if (!(error instanceof AppError) && systemCode(error) === '') throw error;
      const message = error instanceof AppError ? messageOf(error) : describeErrno(error);
      notes.problem(this.#pathOf(frame), 'error', 'write', message);
    }
  }

  #pathOf(frame: FolderFrame): PathKey {
    const { base } = this.#context;
    return frame.key.length === 0 ? base : joinPath(base, frame.key);
  }

  #removeLeftovers(frame: FolderFrame): void {
    if (frame.leftovers.size === 0) return;
    const folder = this.#context.tree.folder(frame.key);
    for (const text of frame.leftovers) {
      const name = Buffer.from(text, 'latin1');
      const stats = lstatSync(folder.path(name), { throwIfNoEntry: false });
      if (stats && !stats.isDirectory()) removeTree(folder, name);
    }
  }

  #removeExtras(frame: FolderFrame): void {
    const { tree, notes, select, dryRun } = this.#context;
    const folder = tree.folder(frame.key);
    const extras = [...namesIn(folder.self)].filter((name) => frame.names?.has(name) === false);
    for (const name of extras) {
      const stats = lstatSync(folder.path(name), { throwIfNoEntry: false });
      if (!stats) continue;
      const path = joinPath(this.#pathOf(frame), name);
      if (select && select.select(path, stats.isDirectory()) !== 'take') continue;
      notes.report('deleted', path, 0);
      if (dryRun) notes.totals.filesDeleted++;
      else notes.totals.filesDeleted += removeTree(folder, name);
    }
  }

  #applyMetadata(frame: FolderFrame): void {
    const { tree, metadata, overwrite, owners, notes } = this.#context;
    const { entry, key, fresh, isTaken } = frame;
    if (!entry || (!fresh && (!isTaken || overwrite === 'never'))) return;
    const folder = tree.folder(key);
    const own = {
      mode: entry.mode,
      uid: owners.uid(entry),
      gid: owners.gid(entry),
      mtimeSec: entry.mtimeSec,
      mtimeNs: entry.mtimeNs,
      xattrs: entry.xattrs,
    };
    const problems =
      folder.fd >= 0
        ? metadata.apply(folder.fd, folder.self, own)
        : metadata.applyToPath(folder.self, own, false);
    for (const { severity, reason, message } of problems)
      notes.problem(entry.path, severity, reason, message);
  }
}
