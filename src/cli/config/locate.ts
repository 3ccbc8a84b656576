/**
 * Which vault is meant, and how to reach it: flag, then environment, then saved config, then
 * default.
 * @module
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { AppError } from '../../base/failure.ts';
import { parseLocation, type StoreLocation } from '../../store/open-store.ts';
import type { CommandContext } from '../command.ts';
import {
  storeSettingsFromEnv,
  storeSettingsOf,
  type StoreSettings,
} from '../options/store-settings.ts';
import { SavedVaults, isVaultName, type SavedVault } from './saved-vaults.ts';

export interface LocatedVault {
  readonly location: StoreLocation;
  /** The location as text for people and for the settings file; a folder's path is absolute. */
  readonly text: string;
  readonly settings: StoreSettings;
}

/**
 * The vault that `--vault`, `CYBS3_VAULT` or the saved default names.
 * @throws AppError `usage`
 */
export async function locateVault(context: CommandContext<object>): Promise<LocatedVault> {
  const { flags, io } = context;
  const named = flags.vault ?? (io.env['CYBS3_VAULT'] || undefined);
  if (named !== undefined && !isVaultName(named)) return locate(context, named, {});
  const saved = await findSaved(context, named);
  if (saved) return locate(context, saved.location, saved.settings);
  return locate(context, `./${named}`, {});
}

/** A location as typed, with the settings that flags and environment give. */
export function locatePlace(context: CommandContext<object>, text: string): LocatedVault {
  return locate(context, text, {});
}

function locate(
  { flags, io }: CommandContext<object>,
  text: string,
  saved: StoreSettings,
): LocatedVault {
  const parsed = parseLocation(text);
  const location: StoreLocation =
    parsed.kind === 'directory' ? { ...parsed, path: resolve(io.cwd, parsed.path) } : parsed;
  const settings = { ...saved, ...storeSettingsFromEnv(io.env), ...storeSettingsOf(flags) };
  return { location, text: textOf(location), settings };
}

function textOf(location: StoreLocation): string {
  if (location.kind === 'directory') return location.path;
  const { bucket, prefix } = location;
  return prefix === '' ? `s3://${bucket}` : `s3://${bucket}/${prefix}`;
}

/** Undefined where the name is not saved, but a folder of that name is here. */
async function findSaved(
  { io }: CommandContext<object>,
  name: string | undefined,
): Promise<SavedVault | undefined> {
  const vaults = await SavedVaults.open(io);
  if (name !== undefined) {
    const saved = vaults.find(name);
    if (saved || existsSync(resolve(io.cwd, name))) return saved;
    return vaults.get(name);
  }
  if (vaults.defaultName !== undefined) return vaults.get(vaults.defaultName);
  throw new AppError('usage', 'no vault is named', {
    hint: 'give --vault s3://bucket/prefix, a folder or a saved name, or set CYBS3_VAULT',
  });
}
