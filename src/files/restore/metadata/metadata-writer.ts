/**
 * Gives a restored file, folder or link its owner, attributes, mode and time, in the one order that
 * works: changing the owner drops setuid bits and capabilities, attributes need a file we may
 * write, an ACL shows in the mode, and the time comes last because everything before may change it.
 * @module
 */
import { createRequire } from 'node:module';
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lchownSync,
  openSync,
} from 'node:fs';
import { platform } from 'node:os';
import { systemCode } from '../../../base/failure.ts';
import { tryUtf8 } from '../../../base/bytes.ts';
import type { Xattr } from '../../../format/entry.ts';
import { describeErrno } from '../../errno.ts';
import type { NativeCalls } from './native-calls.ts';
import type { Identity } from './owners.ts';
import { createTimeSetter } from './set-times.ts';
import type { TimeSetter } from './set-times.ts';

/** An entry's metadata, owners already as numbers of this machine. */
export interface Metadata {
  /** 12 bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeSec: number;
  readonly mtimeNs: number;
  readonly xattrs: readonly Xattr[];
}

/** One thing that could not be set. The content is restored all the same. */
export interface MetadataProblem {
  readonly severity: 'error' | 'warning';
  /** `owner`, `mode`, `time` or `xattr`. */
  readonly reason: string;
  readonly message: string;
}

export interface MetadataOptions {
  /**
   * Restore owners; as an ordinary user only a group of ours can be, and the rest is quietly left.
   */
  readonly owner: boolean;
  readonly identity: Identity | undefined;
  readonly native: NativeCalls | undefined;
}

const SETUID = 0o4000;
const SETGID = 0o2000;
const UNCHANGED = -1;
/** Linux: opens the thing itself, whatever it is, without its content. */
const O_PATH = 0o10000000;
/** An attribute that this file system or this user cannot have. */
const NOT_HERE = new Set(['ENOTSUP', 'EOPNOTSUPP', 'EPERM', 'EACCES', 'ENOSYS']);
/** No room for an attribute: in the file's own few KiB of them, on the disk, or in what the user may have. */
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT']);

type PathXattrs = { setAttributeSync(path: string, name: string, value: Uint8Array): void };

export class MetadataWriter {
  readonly #options: MetadataOptions;
  readonly #times: TimeSetter;
  readonly #changeOwner: (fd: number, uid: number, gid: number) => void;
  readonly #changeMode: (fd: number, mode: number) => void;
  #pathXattrs: PathXattrs | undefined | null = null;

  constructor(options: MetadataOptions) {
    this.#options = options;
    this.#times = createTimeSetter(options.native);
    this.#changeOwner = options.native?.files?.changeOwner ?? fchownSync;
    this.#changeMode = options.native?.files?.changeMode ?? fchmodSync;
  }

  /** What this goes by, for others that work on the same files. */
  get native(): NativeCalls | undefined {
    return this.#options.native;
  }

  /**
   * An open file or folder.
   * @param path the same by a path, for attributes where only paths can be used
   */
  apply(fd: number, path: Buffer, metadata: Metadata): MetadataProblem[] {
    const problems: MetadataProblem[] = [];
    this.#attempt(problems, 'owner', () => this.#setOwner(fd, metadata));
    if (metadata.xattrs.length > 0) this.#setXattrs(problems, fd, path, metadata.xattrs);
    this.#attempt(problems, 'mode', () => this.#changeMode(fd, this.#allowedMode(fd, metadata)));
    this.#attempt(problems, 'time', () => {
      if (!this.#times.set(fd, metadata.mtimeSec, metadata.mtimeNs)) problems.push(INEXACT);
    });
    return problems;
  }

  /** A link, FIFO, socket or device node, by a path whose last component is not followed. */
  applyToPath(path: Buffer, metadata: Metadata, isLink: boolean): MetadataProblem[] {
    const problems: MetadataProblem[] = [];
    this.#attempt(problems, 'owner', () => {
      const [uid, gid] = this.#wantedOwner(metadata) ?? [];
      if (uid !== undefined && gid !== undefined) this.#quietly(() => lchownSync(path, uid, gid));
    });
    if (metadata.xattrs.length > 0) this.#setXattrs(problems, -1, path, metadata.xattrs);
    if (!isLink) this.#attempt(problems, 'mode', () => this.#chmodPath(path, metadata));
    this.#attempt(problems, 'time', () => {
      if (!this.#times.setPath(path, metadata.mtimeSec, metadata.mtimeNs)) problems.push(INEXACT);
    });
    return problems;
  }

  #attempt(problems: MetadataProblem[], reason: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      const message = `its ${reason} could not be restored: ${describeErrno(error)}`;
      problems.push({ severity: 'error', reason, message });
    }
  }

  /** `undefined` where there is nothing to set. */
  #wantedOwner(metadata: Metadata): [number, number] | undefined {
    const { owner, identity } = this.#options;
    if (!owner || !identity) return undefined;
    return [identity.isRoot ? metadata.uid : UNCHANGED, metadata.gid];
  }

  #setOwner(fd: number, metadata: Metadata): void {
    const [uid, gid] = this.#wantedOwner(metadata) ?? [];
    if (uid !== undefined && gid !== undefined)
      this.#quietly(() => this.#changeOwner(fd, uid, gid));
  }

  /** An ordinary user may not give files away: no news. */
  #quietly(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (this.#options.identity?.isRoot === true || systemCode(error) !== 'EPERM') throw error;
    }
  }

  /**
   * Without its setuid or setgid bit where the file did not get the owner or group that goes with
   * it.
   */
  #allowedMode(fd: number, metadata: Metadata): number {
    const mode = metadata.mode & 0o7777;
    if ((mode & (SETUID | SETGID)) === 0) return mode;
    const stats = fstatSync(fd);
    let allowed = mode;
    if (stats.uid !== metadata.uid) allowed &= ~SETUID;
    if (stats.gid !== metadata.gid && !stats.isDirectory()) allowed &= ~SETGID;
    return allowed;
  }

  /** `chmod` follows links; a handle on the thing itself cannot be swapped under us. */
  #chmodPath(path: Buffer, metadata: Metadata): void {
    if (platform() !== 'linux') {
      chmodSync(path, metadata.mode & 0o777);
      return;
    }
    const fd = openSync(path, O_PATH | constants.O_NOFOLLOW);
    try {
      if (fstatSync(fd).isSymbolicLink()) return;
      chmodSync(`/proc/self/fd/${fd}`, this.#allowedMode(fd, metadata));
    } finally {
      closeSync(fd);
    }
  }

  /**
   * The short ones first: where one has no room, those that follow have none either, and are not tried. To refuse
   * one can take the file system longer than to write a file.
   * @param fd -1 to go by the path alone
   */
  #setXattrs(
    problems: MetadataProblem[],
    fd: number,
    path: Buffer,
    xattrs: readonly Xattr[],
  ): void {
    const byLength = xattrs.toSorted((a, b) => lengthOf(a) - lengthOf(b));
    for (const [n, { name, value }] of byLength.entries()) {
      try {
        this.#setXattr(fd, path, name, value);
      } catch (error) {
        const code = systemCode(error);
        const shown = JSON.stringify(Buffer.from(name).toString('utf8'));
        const left = NO_ROOM.has(code) ? byLength.length - n - 1 : 0;
        const which = left > 0 ? `attribute ${shown} and ${left} more` : `attribute ${shown}`;
        problems.push({
          severity: NOT_HERE.has(code) ? 'warning' : 'error',
          reason: 'xattr',
          message: `its ${which} could not be restored: ${describeErrno(error)}`,
        });
        if (NO_ROOM.has(code)) return;
      }
    }
  }

  #setXattr(fd: number, path: Buffer, name: Uint8Array, value: Uint8Array): void {
    const { native } = this.#options;
    if (fd >= 0 && native?.setXattr) {
      native.setXattr(fd, name, value);
      return;
    }
    if (native?.setPathXattr) {
      native.setPathXattr(path, name, value);
      return;
    }
    if (this.#pathXattrs === null) this.#pathXattrs = loadPathXattrs();
    const [pathText, nameText] = [tryUtf8(path), tryUtf8(name)];
    if (!this.#pathXattrs || pathText === undefined || nameText === undefined) {
      throw Object.assign(new Error('no way to set it here'), { code: 'ENOTSUP' });
    }
    this.#pathXattrs.setAttributeSync(pathText, nameText, value);
  }
}

function lengthOf({ name, value }: Xattr): number {
  return name.length + value.length;
}

const INEXACT: MetadataProblem = {
  severity: 'warning',
  reason: 'time',
  message: 'its modification time is exact to the microsecond only',
};

function loadPathXattrs(): PathXattrs | undefined {
  try {
    return createRequire(import.meta.url)('@napi-rs/xattr') as PathXattrs;
  } catch {
    return undefined;
  }
}
