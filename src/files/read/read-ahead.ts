/**
 * Tells the system what will be read soon, so that the disk works while we do. Needs `posix_fadvise`, which Node does
 * not have: through the optional package `koffi`, on Linux. Without it files are read when they are read.
 * @module
 */
import { loadLibc } from '../libc.ts';

/** posix_fadvise(2): the pages will be needed soon. Reading them begins; nobody waits for it. */
const WILLNEED = 3;
/** Loading the library costs as much as what is gained with the first of these. */
const NOT_BEFORE_CALLS = 300;

type Advise = (fd: number, offset: number, length: number, advice: number) => unknown;

let calls = 0;
let advise: Advise | undefined;

/** Asks for bytes `[position, position + length)` of an open file. What comes of it shows in time only. */
export function wantSoon(fd: number, position: number, length: number): void {
  calls++;
  if (calls === NOT_BEFORE_CALLS) {
    advise = loadLibc()?.func('int posix_fadvise(int, int64_t, int64_t, int)') as Advise;
  }
  advise?.(fd, position, length, WILLNEED);
}
