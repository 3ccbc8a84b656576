/**
 * The retention policy that a vault's settings hold.
 * @module
 */
import type { RetentionPolicy } from '../../format/documents/retention.ts';
import { fetchSettings, newestSettings, saveSettings } from '../../vault/load-settings.ts';
import type { Vault } from '../../vault/vault.ts';

/**
 * Saves a policy; all other settings stay as they are by now.
 * @throws AppError `store/…`, and the damage of settings that cannot be read
 */
export async function savePolicy(
  vault: Vault,
  retention: RetentionPolicy,
  signal?: AbortSignal,
): Promise<void> {
  const files = await fetchSettings(vault.store, signal);
  const { settings, sequence, damage } = newestSettings(vault.keys, files);
  if (damage) throw damage;
  await saveSettings(vault, { ...settings, retention }, sequence + 1);
}
