/**
 * The folders of a store in a directory: made durably, and never a way out of it. A symlink at any
 * level below the root is refused, so that a planted one cannot make us read or write elsewhere.
 * @module
 */
import { lstat, mkdir, open, realpath } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import { AppError, systemCode } from '../../base/failure.ts';

/** The root of a directory store, which may itself be reached through a symlink. */
export class VaultFolder {
  readonly path: string;
  #root: Promise<string> | undefined;
  /** Folders whose entries in their parents this process has synced. */
  readonly #durable = new Set<string>();

  constructor(path: string) {
    this.path = resolve(path);
  }

  /**
   * The real path of a folder that exists.
   * @throws AppError `store/rejected` where it is reached through a symlink; system errors
   * otherwise
   */
  async existing(folder: string): Promise<string> {
    const wanted = joined(await this.#realRoot(), folder);
    if ((await realpath(wanted)) === wanted) return wanted;
    throw this.#leadsElsewhere(folder);
  }

  /**
   * As `existing`, and makes the folder and its parents where they are missing; they survive a
   * power cut.
   */
  async ready(folder: string): Promise<string> {
    if (this.#durable.has(folder)) {
      try {
        return await this.existing(folder);
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') throw error;
        this.#durable.clear();
        this.#root = undefined;
      }
    }
    await makeDurably(this.path);
    let at = await this.#realRoot();
    let inside = '';
    for (const name of folder === '' ? [] : folder.split('/')) {
      const parent = at;
      at = join(parent, name);
      inside = inside === '' ? name : `${inside}/${name}`;
      await mkdir(at).catch(ignoring('EEXIST'));
      if (!(await lstat(at)).isDirectory()) throw this.#leadsElsewhere(folder);
      if (this.#durable.has(inside)) continue;
      // Also where somebody else made it: they may not have come to this yet.
      await syncFolder(parent);
      this.#durable.add(inside);
    }
    this.#durable.add(folder);
    return at;
  }

  async #realRoot(): Promise<string> {
    this.#root ??= realpath(this.path);
    try {
      return await this.#root;
    } catch (error) {
      this.#root = undefined;
      throw error;
    }
  }

  #leadsElsewhere(folder: string): AppError {
    return new AppError(
      'store/rejected',
      `${join(this.path, folder)} is not a plain folder: a symlink in a vault is not followed`,
      { hint: 'remove the symlink, or name the real directory as the vault' },
    );
  }
}

function joined(root: string, folder: string): string {
  return folder === '' ? root : join(root, ...folder.split('/'));
}

async function makeDurably(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  const end = dirname(resolve(first));
  for (let at = dirname(path); ; at = dirname(at)) {
    await syncFolder(at);
    if (at === end || !at.includes(sep) || at === dirname(at)) return;
  }
}

/** Makes what was created, renamed or removed in a folder survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder for that; NTFS journals its entries.
  if (platform() === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Some network and FUSE file systems know no fsync of folders, and none is better there.
    if (!['EINVAL', 'ENOTSUP', 'ENOSYS'].includes(systemCode(error))) throw error;
  } finally {
    await handle.close();
  }
}

/** For `catch`: swallows these system errors, throws the others. */
export function ignoring(...codes: readonly string[]): (error: unknown) => undefined {
  return (error) => {
    if (!codes.includes(systemCode(error))) throw error;
    return undefined;
  };
}
