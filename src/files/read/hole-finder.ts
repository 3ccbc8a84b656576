/**
 * Finds the holes of sparse files, so that they are not read: reading a hole costs as much as reading data,
 * and fills the page cache with zeros. Needs `lseek`, which Node does not have: through the optional package
 * `koffi`, on Linux. Without it holes are read as the zeros they are.
 * @module
 */
import { loadLibc } from '../libc.ts';

/** Where the next data is at or after `position`; `Infinity` where only a hole follows. */
export type FindData = (fd: number, position: number) => number;

/** lseek(2): the next byte that is not in a hole. */
const SEEK_DATA = 3;
/** No data at or after that position. */
const ENXIO = 6;

let loaded: FindData | undefined | null = null;

/** Loads the call once a thread; `undefined` where the package or the platform does not have it. */
export function loadHoleFinder(): FindData | undefined {
  if (loaded === null) loaded = tryLoad();
  return loaded;
}

function tryLoad(): FindData | undefined {
  const libc = loadLibc();
  if (!libc) return undefined;
  const lseek = libc.func('int64_t lseek(int, int64_t, int)');
  return (fd, position) => {
    const found = Number(lseek(fd, position, SEEK_DATA));
    if (found >= position) return found;
    // A file system that cannot tell says EINVAL: then everything is data.
    return libc.errno() === ENXIO ? Infinity : position;
  };
}

/**
 * Wraps a reader of one file: holes are filled with zeros without asking the file.
 * @param read fills `target` from `position` in the file on and returns how many bytes there were
 * @param limit the length of the file
 */
export function skipHoles(
  fd: number,
  limit: number,
  findData: FindData,
  read: (target: Uint8Array, position: number) => number,
): (target: Uint8Array, position: number) => number {
  let holeFrom = 0;
  let holeEnd = 0;
  return (target, position) => {
    if (position < holeFrom || position >= holeEnd) {
      holeFrom = position;
      holeEnd = findData(fd, position);
    }
    if (holeEnd <= position) return read(target, position);
    const length = Math.max(0, Math.min(target.length, holeEnd - position, limit - position));
    target.fill(0, 0, length);
    return length;
  };
}
