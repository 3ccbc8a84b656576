/**
 * Which names from a snapshot may become names on this machine.
 * @module
 */
import { asBuffer } from '../../base/bytes.ts';
import type { PathKey } from '../../format/entry.ts';
import type { PathStyle } from '../path.ts';
import { nativePathStyle } from '../path.ts';

const SLASH = 0x2f;
const DOT = 0x2e;
const NAME_BYTES_MAX = 255;
/** Characters that separate, open streams or steer the shell's globbing in a Windows path. */
// eslint-disable-next-line no-control-regex
const WINDOWS_FORBIDDEN = /[\u0000-\u001f<>:"/\\|?*]/;
const WINDOWS_DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

/**
 * Why `name` must not be used as the name of one entry, or `undefined` where it may. What could
 * leave the folder (`.`, `..`, separators) or mean something else than a file is refused, never
 * repaired: two different names must not become one.
 */
export function unsafeName(
  name: Uint8Array,
  style: PathStyle = nativePathStyle,
): string | undefined {
  const length = name.length;
  if (length === 0) return 'a part of it is empty';
  if (name[0] === DOT && (length === 1 || (length === 2 && name[1] === DOT)))
    return `'${length === 1 ? '.' : '..'}' is part of it`;
  if (length > NAME_BYTES_MAX) return 'a part of it is too long';
  if (name.includes(SLASH)) return 'a part of it holds a slash';
  if (name.includes(0)) return 'a part of it holds a zero byte';
  return style === 'windows' ? unsafeOnWindows(asBuffer(name).toString('utf8')) : undefined;
}

/** Why the path must not be used, or `undefined` where every component may. The root is fine. */
export function unsafePath(path: PathKey, style: PathStyle = nativePathStyle): string | undefined {
  if (path.length === 0) return undefined;
  for (let start = 0; start <= path.length;) {
    const zero = path.indexOf(0, start);
    const end = zero < 0 ? path.length : zero;
    const reason = unsafeName(path.subarray(start, end), style);
    if (reason !== undefined) return reason;
    start = end + 1;
  }
  return undefined;
}

function unsafeOnWindows(name: string): string | undefined {
  if (WINDOWS_FORBIDDEN.test(name)) return 'a part of it holds a character Windows does not allow';
  if (/[. ]$/.test(name)) return 'a part of it ends in a dot or a blank';
  if (WINDOWS_DEVICE.test(name)) return 'a part of it is the name of a device';
  return undefined;
}
