/**
 * Removes settings and records of what was forgotten and condemned that cannot be read, so that backups and prunes
 * work again. What they said is lost: which settings hold from now on is written down anew.
 * @module
 */
import { isDamage } from '../../../base/failure.ts';
import { ObjectKind } from '../../../crypto/sealed/header.ts';
import { DEFAULT_SETTINGS, decodeSettings } from '../../../format/documents/settings.ts';
import { loadGcState } from '../../../vault/gc/gc-state.ts';
import type { SealedSettings } from '../../../vault/load-settings.ts';
import { fetchSettings, newestSettings, saveSettings } from '../../../vault/load-settings.ts';
import { CONFIG_PREFIX } from '../../../vault/pack-key.ts';
import { openSealedFile } from '../../../vault/sealed-file.ts';
import type { Vault } from '../../../vault/vault.ts';
import type { RepairAction, RepairRecordsEvent } from '../events.ts';
import { removeObject } from '../remove-object.ts';

export interface RepairRecordsOptions {
  /** Only says what would be done. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

/** @throws AppError `store/…`, `interrupted`, `vault/unsupported` for a newer program's records */
export async function* repairRecords(
  vault: Vault,
  options: RepairRecordsOptions = {},
): AsyncGenerator<RepairRecordsEvent> {
  const { dryRun = false, signal } = options;
  const startedMs = vault.clock();
  const files = await fetchSettings(vault.store, signal);
  const damagedSettings = files.filter((file) => !isReadable(vault, file)).map(({ key }) => key);
  const areLost = damagedSettings.length > 0 || files.length === 0;
  if (areLost) yield* renewSettings(vault, files, dryRun);
  const damaged = [...damagedSettings, ...(await damagedRecords(vault, signal))];
  let objectsRemoved = 0;
  for (const key of damaged) {
    const kept = dryRun ? undefined : await removeObject(vault, key, signal);
    if (kept !== undefined) {
      yield { type: 'notice', message: kept };
      continue;
    }
    objectsRemoved++;
    yield step('object-removed', key, 'it cannot be read');
  }
  const remaining = damaged.length - objectsRemoved;
  const durationMs = vault.clock() - startedMs;
  yield { type: 'summary', repair: 'records', dryRun, objectsRemoved, remaining, durationMs };
}

function isReadable({ keys }: Vault, { key, sealed }: SealedSettings): boolean {
  try {
    decodeSettings(openSealedFile(keys, key, ObjectKind.config, sealed));
    return true;
  } catch (error) {
    if (isDamage(error)) return false;
    throw error;
  }
}

/** The newest that can be read count from now on, whatever the others said. */
async function* renewSettings(
  vault: Vault,
  files: readonly SealedSettings[],
  dryRun: boolean,
): AsyncGenerator<RepairRecordsEvent> {
  const { settings, sequence } = newestSettings(vault.keys, files);
  const isDefault = sequence === 0;
  const which = isDefault ? 'the defaults, as none can be read' : 'the newest that can be read';
  if (!dryRun) await saveSettings(vault, isDefault ? DEFAULT_SETTINGS : settings, sequence + 1);
  yield step('object-written', CONFIG_PREFIX, `settings: ${which}`);
  const lost = 'retention, storage class, server-side encryption and locks';
  const message = `settings were lost: if this vault had others for ${lost}, give them again`;
  yield { type: 'notice', message };
}

async function damagedRecords(vault: Vault, signal?: AbortSignal): Promise<string[]> {
  const damaged: string[] = [];
  await loadGcState(vault, { signal, onDamage: (key) => void damaged.push(key) });
  return damaged;
}

function step(action: RepairAction, subject: string, message: string): RepairRecordsEvent {
  return { type: 'step', action, subject, message };
}
