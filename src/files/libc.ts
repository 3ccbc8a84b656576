/**
 * Calls of the C library that Node does not have, through the optional package `koffi`, on Linux.
 * @module
 */
import { createRequire } from 'node:module';
import { platform } from 'node:os';

export interface Libc {
  /** @param prototype as in C; pointers take Buffers or `null`, 64-bit results are numbers where they fit */
  func(prototype: string): (...values: readonly unknown[]) => unknown;
  /** Of the last call in this thread. */
  errno(): number;
}

interface Koffi {
  load(name: string): Pick<Libc, 'func'>;
  errno(): number;
}

let loaded: Libc | undefined | null = null;

/** Loads the library once a thread; `undefined` where the package or the platform does not have it. */
export function loadLibc(): Libc | undefined {
  if (loaded === null) loaded = tryLoad();
  return loaded;
}

function tryLoad(): Libc | undefined {
  if (platform() !== 'linux') return undefined;
  try {
    const koffi = createRequire(import.meta.url)('koffi') as Koffi;
    const libc = koffi.load('libc.so.6');
    return { func: (prototype) => libc.func(prototype), errno: () => koffi.errno() };
  } catch {
    return undefined;
  }
}
