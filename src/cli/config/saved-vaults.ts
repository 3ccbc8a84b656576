/**
 * Vaults saved by name, in the settings file of this user (`conf`). Nothing in it is secret: where
 * a vault is and how to reach it, never words or access keys.
 * @module
 */
import { join } from 'node:path';
import { AppError, messageOf } from '../../base/failure.ts';
import type { Io } from '../io.ts';
import { storeSettingsFromSaved, type StoreSettings } from '../options/store-settings.ts';

export interface SavedVault {
  /** As `parseLocation` understands it; a folder's path is absolute. */
  readonly location: string;
  readonly settings: StoreSettings;
}

interface ConfigFile {
  vaults: Record<string, Record<string, unknown>>;
  defaultVault: string | null;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** True for what can be a saved name: letters, digits, `-` and `_`. */
export function isVaultName(text: string): boolean {
  return NAME.test(text);
}

/** @throws AppError `usage` */
export function checkVaultName(name: string): void {
  if (isVaultName(name)) return;
  throw new AppError('usage', 'this is not a name for a vault', {
    hint: 'a name has letters, digits, - and _, and at most 64 of them',
  });
}

/** The settings file, read when opened and written at every change (atomically, mode 600). */
export class SavedVaults {
  readonly #file: { store: ConfigFile; readonly path: string };

  private constructor(file: { store: ConfigFile; readonly path: string }) {
    this.#file = file;
  }

  /** @throws AppError `usage` where the file is there and not readable as settings */
  static async open(io: Io): Promise<SavedVaults> {
    const { default: Conf } = await import('conf');
    const folder = io.env['CYBS3_CONFIG_DIR'];
    try {
      const file = new Conf<ConfigFile>({
        projectName: 'cybs3',
        projectSuffix: '',
        configFileMode: 0o600,
        clearInvalidConfig: false,
        defaults: { vaults: {}, defaultVault: null },
        ...(folder !== undefined && folder !== '' && { cwd: folder }),
      });
      return new SavedVaults(file);
    } catch (cause) {
      const where = folder ? ` ${join(folder, 'config.json')}` : '';
      throw new AppError('usage', `cannot use the settings file${where}: ${messageOf(cause)}`, {
        cause,
        hint: 'repair the file or move it away',
      });
    }
  }

  get path(): string {
    return this.#file.path;
  }

  get defaultName(): string | undefined {
    return this.#file.store.defaultVault ?? undefined;
  }

  /** Sorted. */
  names(): string[] {
    return Object.keys(this.#file.store.vaults).sort();
  }

  find(name: string): SavedVault | undefined {
    const vaults = this.#file.store.vaults;
    const saved = Object.hasOwn(vaults, name) ? vaults[name] : undefined;
    if (saved === undefined) return undefined;
    const { location } = saved;
    if (typeof location !== 'string') {
      throw new AppError('usage', `the saved vault ${name} has no location`, {
        hint: `remove it with \`cybs3 vault remove ${name}\` and add it again`,
      });
    }
    return { location, settings: storeSettingsFromSaved(saved) };
  }

  /** @throws AppError `usage` naming the vaults there are */
  get(name: string): SavedVault {
    const saved = this.find(name);
    if (saved) return saved;
    const names = this.names();
    throw new AppError('usage', `no vault is saved as ${name}`, {
      hint: names.length > 0 ? `saved are: ${names.join(', ')}` : 'save one with `cybs3 vault add`',
    });
  }

  /** @throws AppError `usage` where the name is taken or not a name */
  checkFree(name: string): void {
    checkVaultName(name);
    if (this.find(name) === undefined) return;
    throw new AppError('usage', `a vault is already saved as ${name}`, {
      hint: `choose another name, or \`cybs3 vault remove ${name}\` first`,
    });
  }

  /** The first vault saved becomes the default. */
  add(name: string, vault: SavedVault): void {
    this.checkFree(name);
    const { vaults, defaultVault } = this.#file.store;
    const entry = { location: vault.location, ...vault.settings };
    this.#file.store = { vaults: { ...vaults, [name]: entry }, defaultVault: defaultVault ?? name };
  }

  use(name: string): void {
    this.get(name);
    this.#file.store = { ...this.#file.store, defaultVault: name };
  }

  remove(name: string): void {
    this.get(name);
    const { [name]: _, ...vaults } = this.#file.store.vaults;
    const { defaultVault } = this.#file.store;
    this.#file.store = { vaults, defaultVault: defaultVault === name ? null : defaultVault };
  }
}
