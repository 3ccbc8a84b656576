/**
 * The one way to a place under the target folder: nothing here ever follows a link below it.
 *
 * On Linux every folder is opened from its parent's handle with `O_DIRECTORY | O_NOFOLLOW`, and
 * names in it are reached as `/proc/self/fd/<handle>/<name>`. So neither a link that was there
 * before, nor one that the snapshot itself brings, nor one that somebody plants while we run leads
 * outside; and paths longer than `PATH_MAX` work. Elsewhere every component is looked at just
 * before each use, which leaves a moment between look and use: somebody who may write into the
 * target could use it.
 * @module
 */
import { closeSync, constants, existsSync, fstatSync, lstatSync, openSync } from 'node:fs';
import { platform } from 'node:os';
import { sep } from 'node:path';
import { asBuffer } from '../../base/bytes.ts';
import { AppError, messageOf } from '../../base/failure.ts';
import type { PathKey } from '../../format/entry.ts';
import { baseName, componentsOf, displayPath, parentOf } from '../path.ts';
import { unsafeName } from './safe-name.ts';

/** A folder under the target. Valid until the next call of its tree's `folder`. */
export interface Folder {
  /** Open on the folder; -1 where the platform cannot open folders. */
  readonly fd: number;
  /** A path that means this folder itself, for listing it and for its own attributes. */
  readonly self: Buffer;
  /** A path for `name` in it; the name must be a checked one. Use it at once and do not keep it. */
  path(name: Uint8Array): Buffer;
}

export interface TargetTreeOptions {
  /** Go by handles (`true`) or by looking at paths (`false`); by default what the platform can. */
  readonly byHandle?: boolean;
  /** How many folders are kept open. */
  readonly openFolders?: number;
}

const OPEN_FOLDER = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0);
const SEPARATOR = Buffer.from(sep);
const OPEN_FOLDERS = 128;

/** True where folders can be reached by their handles. */
export function canGoByHandle(): boolean {
  return platform() === 'linux' && existsSync('/proc/self/fd');
}

/** A target folder and those under it that were used last, kept open. One thread's own. */
export class TargetTree {
  readonly root: Folder;
  readonly byHandle: boolean;
  readonly #rootPath: Buffer;
  readonly #limit: number;
  readonly #open = new Map<string, Folder>();

  /**
   * @param root the target: an absolute path, or an open handle with its path, which stays the
   * caller's
   */
  constructor(root: { path: Buffer; fd: number }, options: TargetTreeOptions = {}) {
    this.byHandle = (options.byHandle ?? canGoByHandle()) && root.fd >= 0;
    this.#limit = Math.max(8, options.openFolders ?? OPEN_FOLDERS);
    this.#rootPath = root.path;
    this.root = this.byHandle
      ? handleFolder(root.fd)
      : this.#lookedAtFolder(Buffer.alloc(0), root.fd);
  }

  /**
   * The folder with this key, relative to the target.
   * @throws AppError `files/unsafe` where a part of it is a link or an unusable name, `files/write`
   *   else
   */
  folder(key: PathKey): Folder {
    if (key.length === 0) return this.root;
    const text = keyText(key);
    const known = this.#open.get(text);
    if (known) return this.#touch(text, known);
    return this.#openBelow(key);
  }

  /** The folder that holds `key`, and the path of `key` in it. @throws as `folder` */
  place(key: PathKey): { folder: Folder; name: Uint8Array; path: Buffer } {
    const folder = this.folder(parentOf(key) ?? key);
    const name = checkedName(baseName(key), key);
    return { folder, name, path: folder.path(name) };
  }

  /** Closes what is open at or under `key`, because it was replaced or removed. */
  forget(key: PathKey): void {
    const text = keyText(key);
    for (const [other, folder] of this.#open) {
      if (other !== text && !other.startsWith(`${text}\0`)) continue;
      this.#open.delete(other);
      closeFolder(folder);
    }
  }

  close(): void {
    for (const folder of this.#open.values()) closeFolder(folder);
    this.#open.clear();
  }

  #touch(text: string, folder: Folder): Folder {
    this.#open.delete(text);
    this.#open.set(text, folder);
    return folder;
  }

  /** Opens from the nearest ancestor that is open, one component at a time. */
  #openBelow(key: PathKey): Folder {
    const components = componentsOf(key);
    let depth = components.length - 1;
    let end = key.length - (components[depth]?.length ?? 0) - 1;
    let folder = this.root;
    for (; depth > 0; depth--) {
      const open = this.#open.get(keyText(key.subarray(0, end)));
      if (open) {
        folder = open;
        break;
      }
      end -= (components[depth - 1]?.length ?? 0) + 1;
    }
    for (let at = depth === 0 ? 0 : end + 1; depth < components.length; depth++) {
      const name = checkedName(components[depth] ?? new Uint8Array(), key);
      at += name.length;
      folder = this.#openChild(folder, name, key.subarray(0, at));
      at += 1;
    }
    return folder;
  }

  #openChild(parent: Folder, name: Uint8Array, key: PathKey): Folder {
    const fd = openFolder(parent.path(name), key);
    const folder = this.byHandle ? handleFolder(fd) : this.#lookedAtFolder(key, fd);
    this.#open.set(keyText(key), folder);
    if (this.#open.size > this.#limit) {
      const [oldest, old] = this.#open.entries().next().value as [string, Folder];
      this.#open.delete(oldest);
      closeFolder(old);
    }
    return folder;
  }

  /** A folder by its path; the path is looked at, component by component, whenever it is used. */
  #lookedAtFolder(key: PathKey, fd: number): Folder {
    const components = componentsOf(asBuffer(new Uint8Array(key)));
    const root = this.#rootPath;
    const look = (): Buffer => {
      let path = root;
      for (const component of components) {
        path = Buffer.concat([path, SEPARATOR, component]);
        if (!lstatSync(path).isDirectory()) throw linkInTheWay(key);
      }
      return path;
    };
    return {
      fd,
      get self() {
        return look();
      },
      path: (name) => Buffer.concat([look(), SEPARATOR, name]),
    };
  }
}

function handleFolder(fd: number): Folder {
  const self = Buffer.from(`/proc/self/fd/${fd}/.`);
  const prefix = self.length - 1;
  return {
    fd,
    self,
    path: (name) => {
      const path = Buffer.allocUnsafe(prefix + name.length);
      self.copy(path, 0, 0, prefix);
      path.set(name, prefix);
      return path;
    },
  };
}

function openFolder(path: Buffer, key: PathKey): number {
  try {
    const fd = openSync(path, OPEN_FOLDER);
    if (constants.O_DIRECTORY === undefined && !fstatSync(fd).isDirectory()) {
      closeSync(fd);
      throw linkInTheWay(key);
    }
    return fd;
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ELOOP' || code === 'ENOTDIR') throw linkInTheWay(key);
    if (cause instanceof AppError) throw cause;
    // Windows does not open folders as files.
    if (platform() === 'win32' && (code === 'EISDIR' || code === 'EPERM' || code === 'EACCES'))
      return -1;
    throw new AppError(
      'files/write',
      `the folder ${displayPath(key)} could not be opened: ${messageOf(cause)}`,
      { cause },
    );
  }
}

function closeFolder(folder: Folder): void {
  if (folder.fd >= 0) closeSync(folder.fd);
}

function checkedName(name: Uint8Array, key: PathKey): Uint8Array {
  const reason = unsafeName(name);
  if (reason === undefined) return name;
  throw new AppError('files/unsafe', `the path ${displayPath(key)} is not usable: ${reason}`);
}

function linkInTheWay(key: PathKey): AppError {
  return new AppError(
    'files/unsafe',
    `a link or file is where the folder ${displayPath(key)} should be`,
    { hint: 'restore into an empty folder' },
  );
}

function keyText(key: PathKey): string {
  return asBuffer(key).toString('latin1');
}
