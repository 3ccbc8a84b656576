/**
 * Where this machine remembers what it saw of vaults: `CYBS3_STATE_DIR`, beside the settings where those lie
 * elsewhere than usual, or where this platform keeps such. Nothing there is needed: what is lost is begun anew.
 * @module
 */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Io } from '../io.ts';

/** @returns the folder, whether it is there or not */
export function statePath({ env, cwd }: Io): string {
  const named = env['CYBS3_STATE_DIR'];
  if (named) return resolve(cwd, named);
  const settings = env['CYBS3_CONFIG_DIR'];
  if (settings) return resolve(cwd, settings, 'state');
  return join(platformState(env, process.platform), 'cybs3');
}

function platformState(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): string {
  if (platform === 'win32') return env['LOCALAPPDATA'] || join(homedir(), 'AppData', 'Local');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support');
  const folder = env['XDG_STATE_HOME'];
  // The specification: a relative path is not valid, and ignored.
  return folder?.startsWith('/') ? folder : join(homedir(), '.local', 'state');
}
