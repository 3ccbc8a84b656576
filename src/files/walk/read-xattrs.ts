/**
 * Extended attributes: all namespaces that the caller may read, POSIX ACLs among them (on Linux
 * they are the attributes `system.posix_acl_access` and `system.posix_acl_default`, with users by
 * number).
 *
 * They come through an optional native package. Its paths are strings, so a path must be valid
 * UTF-8; the walk reaches folders of other names through a file descriptor, and can't read
 * attributes of files whose own name is not UTF-8. Attribute names that are not UTF-8 are left out
 * as well.
 * @module
 */
import { createRequire } from 'node:module';
import { messageOf } from '../../base/failure.ts';
import { utf8Bytes } from '../../base/bytes.ts';
import { loadLibc } from '../libc.ts';
import type { Xattr } from '../../format/entry.ts';

export interface XattrReader {
  /**
   * The attributes of a path, sorted by name; a symbolic link's own, not its target's.
   * @throws Error where they can't be listed or one of them can't be read
   */
  read(path: string): readonly Xattr[];
}

interface NativeXattr {
  listAttributesSync(path: string): string[];
  getAttributeSync(path: string, name: string): Buffer | null;
}

const NONE: readonly Xattr[] = [];
/** Loading `koffi` takes 20 ms: it comes when there is more to read than that. */
const PROBE_PAYS_READS = 10_000;
const REPLACEMENT = '\ufffd';

/** Loads the native package, or returns `undefined` where it is not installed for this platform. */
export function loadXattrReader(): XattrReader | undefined {
  let native: NativeXattr;
  try {
    native = createRequire(import.meta.url)('@napi-rs/xattr') as NativeXattr;
  } catch {
    return undefined;
  }
  let isBare: ((path: string) => boolean) | undefined;
  let reads = 0;
  const read = (path: string) => {
    if (++reads === PROBE_PAYS_READS) isBare = loadProbe();
    return isBare?.(path) === true ? NONE : readXattrs(native, path);
  };
  return { read };
}

/**
 * Asks the system once, where the package asks twice, whether a path has no attributes at all: so it is with most
 * files. Through the optional package `koffi`, on Linux.
 */
function loadProbe(): ((path: string) => boolean) | undefined {
  const libc = loadLibc();
  if (!libc) return undefined;
  const list = libc.func('int64_t llistxattr(const char *path, void *list, size_t size)');
  return (path) => list(path, null, 0) === 0;
}

function readXattrs(native: NativeXattr, path: string): readonly Xattr[] {
  let names: string[];
  try {
    names = native.listAttributesSync(path);
  } catch (error) {
    if (isUnsupported(error)) return NONE;
    throw error;
  }
  if (names.length === 0) return NONE;
  const found: Xattr[] = [];
  for (const name of names.sort()) {
    if (name.includes(REPLACEMENT)) continue;
    // null: removed since it was listed
    const value = native.getAttributeSync(path, name);
    if (value !== null) found.push({ name: utf8Bytes(name), value });
  }
  return found;
}

/**
 * ENOTSUP on Linux and macOS: a file system without attributes. The package gives no code, only
 * text.
 */
function isUnsupported(error: unknown): boolean {
  return /\(os error (?:95|45|102)\)/.test(messageOf(error));
}
