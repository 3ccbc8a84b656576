/**
 * An opened vault: a store, and the keys and settings that go with it.
 * @module
 */
import type { AppError } from '../base/failure.ts';
import type { Clock, RandomBytes } from '../base/ports.ts';
import type { VaultKeys } from '../crypto/vault-keys.ts';
import type { VaultSettings } from '../format/documents/settings.ts';
import type { ObjectStore } from '../store/port.ts';

export interface Vault extends AsyncDisposable {
  readonly store: ObjectStore;
  readonly keys: VaultKeys;
  readonly settings: VaultSettings;
  /** Set where some settings cannot be read. Reading goes on; nobody may write then. */
  readonly settingsDamage?: AppError;
  /** 32 hex digits. */
  readonly vaultId: string;
  readonly random: RandomBytes;
  readonly clock: Clock;
}
