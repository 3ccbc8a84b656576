/**
 * What is to be done about one entry that is not a folder, given what has its name now.
 * @module
 */
import { lstatSync, readlinkSync, rmdirSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { asBuffer } from '../../../base/bytes.ts';
import { AppError, systemCode } from '../../../base/failure.ts';
import type { Entry, PathKey } from '../../../format/entry.ts';
import { EntryType } from '../../../format/entry.ts';
import { baseName } from '../../../files/path.ts';
import type { Identity, OwnerNumbers } from '../../../files/restore/metadata/owners.ts';
import type { Metadata, MetadataWriter } from '../../../files/restore/metadata/metadata-writer.ts';
import { keepsExisting, looksUnchanged, mtimeOf } from '../../../files/restore/overwrite.ts';
import type { OverwriteMode } from '../../../files/restore/overwrite.ts';
import { partName } from '../../../files/restore/part-name.ts';
import { removeTree } from '../../../files/restore/remove-tree.ts';
import type { TargetTree } from '../../../files/restore/target-tree.ts';
import type { RestoreNotes } from '../notes.ts';
import type { RestoreOptions } from '../options.ts';
import type { FolderFrame } from './folder-stack.ts';
import type { RestoreItem } from './item-table.ts';
import { LinkGroups } from './link-groups.ts';
import type { WindowPlan } from './window.ts';

export interface EntryPlannerContext {
  readonly options: RestoreOptions;
  readonly tree: TargetTree;
  readonly notes: RestoreNotes;
  readonly owners: OwnerNumbers;
  readonly identity: Identity | undefined;
  readonly metadata: MetadataWriter;
}

export class EntryPlanner {
  readonly #context: EntryPlannerContext;
  readonly #overwrite: OverwriteMode;
  readonly #links = new LinkGroups();

  constructor(context: EntryPlannerContext) {
    this.#context = context;
    this.#overwrite = context.options.overwrite ?? 'if-changed';
  }

  /** Counts an entry that will not be restored; the reason was said before. */
  fail(entry: Entry): void {
    const { notes } = this.#context;
    notes.totals.filesFailed++;
    notes.bytesDone += entry.size;
  }

  /**
   * @returns the item whose content is to be planned next, or `undefined` where all is planned or
   *   done
   * @throws errno errors, AppError `files/…`: this entry cannot be restored
   */
  plan(
    entry: Entry,
    key: PathKey,
    frame: FolderFrame,
    window: WindowPlan,
  ): RestoreItem | undefined {
    const { tree, options, notes } = this.#context;
    const existing = frame.fresh
      ? undefined
      : lstatSync(tree.place(key).path, { bigint: true, throwIfNoEntry: false });
    const earlier = this.#links.earlierName(entry);
    if (earlier) {
      if (existing) this.#clearTheWay(key, existing);
      window.links.push({ from: earlier, to: Buffer.from(key), entry });
      return undefined;
    }
    const metadata = this.#metadataOf(entry);
    if (existing && this.#keeps(entry, key, existing, metadata)) {
      return this.#keep(entry, key, existing, metadata);
    }
    if (existing) this.#clearTheWay(key, existing);
    this.#links.begin(entry, key);
    const item = this.#newItem(entry, key, frame, existing, metadata);
    if (options.dryRun === true) {
      notes.bytesDone += entry.size;
      if (entry.type === EntryType.file) notes.totals.filesRestored++;
      else notes.totals.others++;
      notes.report('restored', entry.path, entry.size);
      return undefined;
    }
    if (entry.type === EntryType.file && entry.size > 0) return item;
    window.items.add(item);
    return undefined;
  }

  #newItem(
    entry: Entry,
    key: PathKey,
    frame: FolderFrame,
    existing: BigIntStats | undefined,
    metadata: Metadata,
  ): RestoreItem {
    const { options } = this.#context;
    const isFile = entry.type === EntryType.file;
    // Another name of the file that is there may lie outside the target: it must not change.
    const inPlace =
      isFile && options.inPlace === true && existing?.isFile() === true && existing.nlink === 1n;
    const part = asBuffer(partName(baseName(key))).toString('latin1');
    const hasPart = isFile && frame.leftovers.delete(part) && !inPlace;
    return {
      path: key,
      type: entry.type,
      size: entry.size,
      sparse: entry.sparse || options.sparse === true,
      inPlace,
      fresh: frame.fresh,
      metadata,
      target: entry.target,
      rdevMajor: entry.rdevMajor,
      rdevMinor: entry.rdevMinor,
      exists: existing !== undefined && !existing.isDirectory(),
      check: inPlace || hasPart,
      kept: false,
      ends: true,
      continued: false,
      linked: entry.links > 1,
    };
  }

  #metadataOf(entry: Entry): Metadata {
    const { owners } = this.#context;
    return {
      mode: entry.mode,
      uid: owners.uid(entry),
      gid: owners.gid(entry),
      mtimeSec: entry.mtimeSec,
      mtimeNs: entry.mtimeNs,
      xattrs: entry.xattrs,
    };
  }

  #keeps(entry: Entry, key: PathKey, existing: BigIntStats, metadata: Metadata): boolean {
    const mode = this.#overwrite;
    if (mode !== 'if-changed') return keepsExisting(mode, entry, existing);
    if (entry.type === EntryType.symlink) return this.#isSameLink(entry, key, existing);
    if (!looksUnchanged(entry, existing)) return false;
    // Changing a file that has other names would change them, too, wherever they are.
    return existing.nlink === 1n || entry.links > 1 || this.#hasMetadata(existing, metadata);
  }

  #isSameLink(entry: Entry, key: PathKey, existing: BigIntStats): boolean {
    if (!existing.isSymbolicLink() || existing.mtimeNs !== mtimeOf(entry)) return false;
    const target = readlinkSync(this.#context.tree.place(key).path, { encoding: 'buffer' });
    return target.equals(entry.target);
  }

  #hasMetadata(existing: BigIntStats, metadata: Metadata): boolean {
    const { options, identity } = this.#context;
    if ((Number(existing.mode) & 0o7777) !== metadata.mode) return false;
    if (options.owner === false || identity?.isRoot !== true) return true;
    return existing.uid === BigInt(metadata.uid) && existing.gid === BigInt(metadata.gid);
  }

  #keep(
    entry: Entry,
    key: PathKey,
    existing: BigIntStats,
    metadata: Metadata,
  ): RestoreItem | undefined {
    const { options, notes, tree } = this.#context;
    const isSame = looksUnchanged(entry, existing);
    const isFile = entry.type === EntryType.file;
    if (isFile) notes.totals.filesKept++;
    else notes.totals.others++;
    notes.bytesDone += entry.size;
    notes.report('kept', entry.path, entry.size);
    if (isSame) this.#links.begin(entry, key);
    if (options.dryRun === true) return undefined;
    const isLone = existing.nlink === 1n;
    if (
      isSame &&
      isLone &&
      this.#overwrite === 'if-changed' &&
      !this.#hasMetadata(existing, metadata)
    ) {
      const problems = this.#context.metadata.applyToPath(tree.place(key).path, metadata, false);
      for (const { severity, reason, message } of problems)
        notes.problem(entry.path, severity, reason, message);
    }
    if (!isFile || !isSame || options.verify !== true || entry.size === 0) return undefined;
    const frame = { fresh: false, leftovers: new Set<string>() } as FolderFrame;
    return { ...this.#newItem(entry, key, frame, existing, metadata), kept: true, check: false };
  }

  /** A folder gives way only when it is empty, or when `--delete` asks for that. */
  #clearTheWay(key: PathKey, existing: BigIntStats): void {
    if (!existing.isDirectory()) return;
    const { options, tree, notes } = this.#context;
    if (options.dryRun === true) return;
    const { folder, name, path } = tree.place(key);
    if (options.delete === true) {
      tree.forget(key);
      notes.totals.filesDeleted += removeTree(folder, name);
      return;
    }
    try {
      rmdirSync(path);
    } catch (error) {
      const code = systemCode(error);
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
      throw new AppError('files/write', 'a folder that is not empty has its name', {
        hint: 'use --delete to replace it',
      });
    }
  }
}
