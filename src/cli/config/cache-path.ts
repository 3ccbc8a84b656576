/**
 * Where copies of vaults' metadata lie: `--cache-dir`, `CYBS3_CACHE_DIR`, or where this platform keeps such.
 * @module
 */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Io } from '../io.ts';
import type { CacheFlags } from '../options/vault-options.ts';

/** @returns the folder, whether it is there or not; `undefined` where none is wanted */
export function cachePath({ cacheDir, cache }: CacheFlags, io: Io): string | undefined {
  if (cache === false) return undefined;
  const named = cacheDir ?? (io.env['CYBS3_CACHE_DIR'] || undefined);
  if (named !== undefined) return resolve(io.cwd, named);
  return join(platformCache(io.env, process.platform), 'cybs3');
}

function platformCache(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): string {
  if (platform === 'win32') return env['LOCALAPPDATA'] || join(homedir(), 'AppData', 'Local');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  const folder = env['XDG_CACHE_HOME'];
  // The specification: a relative path is not valid, and ignored.
  return folder?.startsWith('/') ? folder : join(homedir(), '.cache');
}
