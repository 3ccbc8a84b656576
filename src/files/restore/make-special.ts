/**
 * Makes what is not a file or folder: symbolic links, FIFOs, sockets and device nodes.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { platform } from 'node:os';
import type { Entry } from '../../format/entry.ts';
import { EntryType } from '../../format/entry.ts';
import type { NativeCalls } from './metadata/native-calls.ts';
import type { Folder } from './target-tree.ts';

/** What of an entry decides which thing is made. */
export type SpecialEntry = Pick<Entry, 'type' | 'target' | 'rdevMajor' | 'rdevMinor'>;

const TYPE_BITS: Partial<Record<EntryType, number>> = {
  [EntryType.fifo]: 0o010000,
  [EntryType.charDevice]: 0o020000,
  [EntryType.blockDevice]: 0o060000,
  [EntryType.socket]: 0o140000,
};

/**
 * Makes the thing under `name`, which must not exist, readable by its owner only.
 * A socket comes back as a node that nobody listens on, as the one that was saved.
 * @throws Error with an errno code: `EPERM` for device nodes as an ordinary user or in a container,
 *   `ENOTSUP` where the platform has no such thing
 */
export function makeSpecial(
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

/** The child gets the folder as its fd 3 where there is `/proc`, so no link on the way can mislead it. */
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
