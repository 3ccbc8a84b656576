/**
 * Calls of the C library that Node does not have, or has in a slower way, through the optional package `koffi`.
 * @module
 */
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { getSystemErrorName } from 'node:util';

export type CFunction = (...values: readonly unknown[]) => number;

/** The C library of this machine, for one thread. */
export interface CLibrary {
  /** @param prototype as in C; every pointer is a `void *` and takes a Buffer or `null` */
  func(prototype: string): CFunction;
  /** What went wrong with the last call, with its `code`. */
  error(call: string): Error;
  /** Of the last call, which failed. */
  errno(): number;
  /** By name, such as `EINTR`. */
  readonly numbers: Readonly<Record<string, number>>;
}

interface Koffi {
  load(name: string): { func(prototype: string): CFunction };
  errno(): number;
  readonly os: { readonly errno: Readonly<Record<string, number>> };
}

const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  linux: ['libc.so.6', 'libc.musl-x86_64.so.1', 'libc.musl-aarch64.so.1', 'libc.so'],
  darwin: ['libSystem.B.dylib'],
};
/** Where `struct timespec` is two 64-bit numbers. */
const WIDE = new Set(['x64', 'arm64', 'ppc64', 'riscv64', 's390x', 'loong64']);

/**
 * Has `use` take its functions from the first library that has them all; `undefined` where the
 * package or the platform has none.
 */
export function withCLibrary<T>(use: (libc: CLibrary) => T): T | undefined {
  const libraries = LIBRARIES[platform()];
  if (!libraries || !WIDE.has(arch())) return undefined;
  let koffi: Koffi;
  try {
    koffi = createRequire(import.meta.url)('koffi') as Koffi;
  } catch {
    return undefined;
  }
  const numbers = koffi.os.errno;
  const codes = codesOf(numbers);
  const errno = (): number => koffi.errno();
  const error = (call: string): Error => systemError(call, errno(), codes);
  for (const name of libraries) {
    try {
      const library = koffi.load(name);
      return use({ func: (prototype) => library.func(prototype), error, errno, numbers });
    } catch {
      continue;
    }
  }
  return undefined;
}

let onLinux: CLibrary | undefined | null = null;

/** The library on Linux, loaded once a thread; `undefined` where the package or the platform does not have it. */
export function loadLibc(): CLibrary | undefined {
  if (onLinux === null) onLinux = platform() === 'linux' ? withCLibrary((libc) => libc) : undefined;
  return onLinux;
}

export function cString(bytes: Uint8Array): Buffer {
  const text = Buffer.allocUnsafe(bytes.length + 1);
  text.set(bytes, 0);
  text[bytes.length] = 0;
  return text;
}

/** A restore without root's rights may fail at every file: finding its code has to be quick. */
function codesOf(numbers: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  const codes = new Map<number, string>();
  for (const [code, number] of Object.entries(numbers))
    if (!codes.has(number)) codes.set(number, code);
  return codes;
}

function systemError(call: string, number: number, codes: ReadonlyMap<number, string>): Error {
  const code = codes.get(number) ?? getSystemErrorName(-number);
  return Object.assign(new Error(`${call}: ${code}`), { code });
}
