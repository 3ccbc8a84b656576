/**
 * An opened vault: a store, and the keys and settings that go with it.
 * @module
 */
import type { Clock, RandomBytes } from '../base/ports.ts';
import type { VaultKeys } from '../crypto/vault-keys.ts';
import type { VaultSettings } from '../format/documents/settings.ts';
import type { ObjectStore } from '../store/port.ts';

export interface Vault extends AsyncDisposable {
  readonly store: ObjectStore;
  readonly keys: VaultKeys;
  readonly settings: VaultSettings;
  /** 32 hex digits. */
  readonly vaultId: string;
  readonly random: RandomBytes;
  readonly clock: Clock;
}
