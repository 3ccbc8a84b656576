/**
 * An opened vault: a store, and the keys and settings that go with it.
 * @module
 */
import type { AppError } from '../base/failure.ts';
import type { Clock, RandomBytes } from '../base/ports.ts';
import type { Secret } from '../crypto/secret.ts';
import type { VaultKeys } from '../crypto/vault-keys.ts';
import type { VaultSettings } from '../format/documents/settings.ts';
import type { ObjectStore } from '../store/port.ts';
import type { SnapshotWatch } from './history/snapshot-watch.ts';
import type { ListAhead } from './list-ahead.ts';

export interface Vault extends AsyncDisposable {
  readonly store: ObjectStore;
  readonly keys: VaultKeys;
  /** The defaults, where the vault was opened `forReading`. */
  readonly settings: VaultSettings;
  /** Set where some settings cannot be read. Reading goes on; nobody may write then. */
  readonly settingsDamage?: AppError;
  /** Set where `vault.json` is not what the key slots say. Only `repair roots` may write then. */
  readonly rootsDamage?: AppError;
  /** Keys of the key slots that the words open. */
  readonly slotKeys?: readonly string[];
  /** What the words derive to: only where the vault was opened to mend its roots. */
  readonly root?: Secret;
  /** Listings that were asked for while it was opened. */
  readonly ahead?: ListAhead;
  /** Told of the snapshots that are there, and of what was forgotten. */
  readonly watch?: SnapshotWatch;
  /** 32 hex digits. */
  readonly vaultId: string;
  readonly random: RandomBytes;
  readonly clock: Clock;
}
