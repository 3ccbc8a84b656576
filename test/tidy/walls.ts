/**
 * The walls of the house: which room may import what. A room is a folder of `src/`; a rule may also
 * name one file of another room (`store/port`). Go down the stairs, never up.
 * @module
 */

export interface Room {
  /** Rooms, or single files of rooms, below it. */
  readonly ours: readonly string[];
  /** npm packages; a package stands for everything under it. */
  readonly packages: readonly string[];
  /** `node:` modules, where not all of them. Rooms that do no IO have no files and no network. */
  readonly builtins?: readonly string[];
}

/** What computes but does no IO. */
const PURE = ['buffer', 'crypto', 'util', 'zlib'];

const BELOW_JOBS = ['base', 'crypto', 'chunker', 'format', 'store', 'files', 'keys', 'vault'];

const SERVER_GROUND = [
  'base',
  'crypto/secret',
  'servers/http',
  'servers/sigv4',
  'servers/secrets',
  'servers/database',
  'servers/audit',
  'servers/policy',
];

export const ROOMS: Readonly<Record<string, Room>> = {
  base: { ours: [], packages: [], builtins: PURE },
  crypto: { ours: ['base'], packages: ['@scure/bip39'], builtins: PURE },
  chunker: { ours: ['base'], packages: [], builtins: PURE },
  format: { ours: ['base'], packages: [], builtins: PURE },
  // Stores and servers are strangers to keys: zero knowledge is a matter of structure.
  store: { ours: ['base'], packages: [] },
  'store/s3': {
    ours: ['base', 'store'],
    packages: ['@aws-sdk/client-s3', '@aws-sdk/lib-storage', '@smithy'],
  },
  files: { ours: ['base', 'format/entry'], packages: ['ignore', 'picomatch', '@napi-rs/xattr'] },
  keys: { ours: ['base', 'crypto', 'format', 'store/port'], packages: ['execa'] },
  vault: {
    ours: ['base', 'crypto', 'chunker', 'format', 'store/port', 'keys'],
    packages: [],
    builtins: [...PURE, 'worker_threads'],
  },
  jobs: { ours: BELOW_JOBS, packages: [] },
  // What both servers stand on. Neither they nor the servers see anything of the client side.
  'servers/http': { ours: ['base'], packages: [] },
  'servers/sigv4': { ours: ['base'], packages: [], builtins: PURE },
  'servers/secrets': { ours: ['base', 'crypto/secret'], packages: [], builtins: PURE },
  'servers/database': { ours: ['base'], packages: [] },
  'servers/audit': { ours: ['base'], packages: [] },
  'servers/policy': { ours: ['base'], packages: [], builtins: PURE },
  'servers/certificate': { ours: ['base'], packages: [], builtins: PURE },
  'servers/kms': { ours: SERVER_GROUND, packages: [] },
  'servers/s3': {
    ours: SERVER_GROUND,
    packages: ['@rgrove/parse-xml', '@aws-sdk/client-kms', '@aws-sdk/checksums', '@smithy'],
  },
  cli: {
    ours: [...BELOW_JOBS, 'jobs', 'servers'],
    packages: ['commander', '@inquirer/prompts', 'cli-progress', 'conf'],
  },
};

/** Imports that go where the table says no, each with its reason. */
export const EXCEPTIONS: Readonly<Record<string, string>> = {};

/** The room whose rules hold for a file: the longest name that its path starts with. */
export function roomOf(file: string): string | undefined {
  return Object.keys(ROOMS)
    .filter((name) => file.startsWith(`${name}/`))
    .sort((a, b) => b.length - a.length)[0];
}

/** Why `file` may not import `target` (both relative to `src/`, the target without its ending). */
export function wallBetween(file: string, target: string): string | undefined {
  const name = roomOf(file);
  if (name === undefined) return `${file} is in no room`;
  const isInside = target.startsWith(`${name}/`);
  const allowed = ROOMS[name]?.ours ?? [];
  const isBelow = allowed.some((one) => target === one || target.startsWith(`${one}/`));
  return isInside || isBelow ? undefined : `${name} may not import ${target}`;
}

/** Why `file` may not import the package or builtin `specifier`. */
export function foreignWall(file: string, specifier: string): string | undefined {
  const name = roomOf(file);
  const room = name === undefined ? undefined : ROOMS[name];
  if (room === undefined) return `${file} is in no room`;
  if (specifier.startsWith('node:')) {
    const builtin = specifier.slice('node:'.length);
    const isAllowed = room.builtins === undefined || room.builtins.includes(builtin);
    return isAllowed ? undefined : `${name} may not import ${specifier}: it does no IO`;
  }
  const isAllowed = room.packages.some((one) => `${specifier}/`.startsWith(`${one}/`));
  return isAllowed ? undefined : `${name} may not import ${specifier}`;
}
