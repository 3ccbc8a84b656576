/**
 * Makes what is not a file or folder: symbolic links, FIFOs, sockets and device nodes.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { platform } from 'node:os';
import { AppError, systemCode } from '../../base/failure.ts';
import type { Entry, PathKey } from '../../format/entry.ts';
import { EntryType } from '../../format/entry.ts';
import { describeErrno } from '../errno.ts';
import type { Metadata, MetadataProblem, MetadataWriter } from './metadata/metadata-writer.ts';
import { loadNativeCalls } from './metadata/native-calls.ts';
import type { NativeCalls } from './metadata/native-calls.ts';
import { partName } from './part-name.ts';
import type { Folder, TargetTree } from './target-tree.ts';

/** What is to be made. */
export interface SpecialGoal extends SpecialEntry {
  /** Relative to the target. */
  readonly path: PathKey;
  /** Something that may be replaced has the name. */
  readonly exists: boolean;
  readonly metadata: Metadata;
}

const UNSUPPORTED = new Set(['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL']);

type SpecialEntry = Pick<Entry, 'type' | 'target' | 'rdevMajor' | 'rdevMinor'>;

const TYPE_BITS: Partial<Record<EntryType, number>> = {
  [EntryType.fifo]: 0o010000,
  [EntryType.charDevice]: 0o020000,
  [EntryType.blockDevice]: 0o060000,
  [EntryType.socket]: 0o140000,
};

/**
 * Makes the thing, replacing what has its name in one step where that is allowed, with its
 * metadata.
 * @returns what of its metadata could not be set
 * @throws AppError `files/write` (`detail.reason` is `unsupported`) where this system or this user
 *   cannot have such a thing; an errno error else
 */
export function placeSpecial(
  tree: TargetTree,
  goal: SpecialGoal,
  metadata: MetadataWriter,
): MetadataProblem[] {
  const { folder, name, path } = tree.place(goal.path);
  const first = goal.exists ? partName(name) : name;
  if (goal.exists) rmSync(folder.path(first), { force: true });
  try {
    makeSpecial(folder, first, goal, loadNativeCalls());
  } catch (error) {
    if (!UNSUPPORTED.has(systemCode(error)) || goal.type === EntryType.symlink) throw error;
    throw new AppError('files/write', `it cannot be made here: ${describeErrno(error)}`, {
      cause: error,
      detail: { reason: 'unsupported' },
    });
  }
  const made = folder.path(first);
  const problems = metadata.applyToPath(made, goal.metadata, goal.type === EntryType.symlink);
  if (goal.exists) renameSync(made, path);
  return problems;
}

/**
 * Makes the thing under `name`, which must not exist, readable by its owner only.
 * A socket comes back as a node that nobody listens on, as the one that was saved.
 * @throws Error with an errno code: `EPERM` for device nodes as an ordinary user or in a container,
 *   `ENOTSUP` where the platform has no such thing
 */
function makeSpecial(
  folder: Folder,
  name: Uint8Array,
  entry: SpecialEntry,
  native: NativeCalls | undefined,
): void {
  const path = folder.path(name);
  if (entry.type === EntryType.symlink) {
    symlinkSync(Buffer.from(entry.target), path);
    return;
  }
  const bits = TYPE_BITS[entry.type];
  if (bits === undefined) throw notSupported();
  if (native?.makeNode) native.makeNode(path, bits | 0o600, entry.rdevMajor, entry.rdevMinor);
  else makeByCommand(folder, name, entry);
}

/**
 * The child gets the folder as its fd 3 where there is `/proc`, so no link on the way can mislead
 * it.
 */
function makeByCommand(folder: Folder, name: Uint8Array, entry: SpecialEntry): void {
  const text = Buffer.from(name).toString('utf8');
  // A child process takes text for its arguments.
  if (platform() === 'win32' || !Buffer.from(text).equals(name)) throw notSupported();
  const path =
    platform() === 'linux' && folder.fd >= 0
      ? `/proc/self/fd/3/${text}`
      : folder.path(name).toString('utf8');
  const command = nodeCommand(entry, path);
  if (!command) throw notSupported();
  const { status, error } = spawnSync(command[0], command.slice(1), {
    stdio: ['ignore', 'ignore', 'ignore', folder.fd >= 0 ? folder.fd : 'ignore'],
  });
  if (error) throw error;
  if (status !== 0) throw Object.assign(new Error(`${command[0]} failed`), { code: 'EPERM' });
}

function nodeCommand(entry: SpecialEntry, path: string): [string, ...string[]] | undefined {
  const numbers = [String(entry.rdevMajor), String(entry.rdevMinor)];
  switch (entry.type) {
    case EntryType.fifo:
      return ['mkfifo', '-m', '600', path];
    case EntryType.charDevice:
      return ['mknod', '-m', '600', path, 'c', ...numbers];
    case EntryType.blockDevice:
      return ['mknod', '-m', '600', path, 'b', ...numbers];
    default:
      return undefined;
  }
}

function notSupported(): Error {
  return Object.assign(new Error('not supported here'), { code: 'ENOTSUP' });
}
