/**
 * What a vault is opened with: `vault.json`, and the key slots.
 * @module
 */
import { KEYS_PREFIX } from '../../vault/pack-key.ts';
import { VAULT_FILE_KEY } from '../../format/documents/vault-file.ts';
import { slotFault, vaultFileOf } from '../../vault/roots/slot-fault.ts';
import type { Vault } from '../../vault/vault.ts';
import type { DamageBook } from './damage-book.ts';

/** What was found out when the vault was opened. @returns what a person should know besides */
export function checkRoots({ rootsDamage, slotKeys }: Vault, book: DamageBook): string[] {
  if (rootsDamage) book.note(VAULT_FILE_KEY, 'object-damaged', rootsDamage.message);
  if (slotKeys?.length !== 1) return [];
  const [only = KEYS_PREFIX] = slotKeys;
  const hint = '`cybs3 repair roots` adds another, so that it is not the only way in';
  return [`only one key slot opens with these words, ${only}: ${hint}`];
}

/**
 * Slots may be for other words, so only what is outside can be looked at.
 * @throws AppError `format/invalid`, `object/…`, `vault/unsupported` where it is damaged
 */
export function checkSlot(bytes: Uint8Array, key: string, vault: Vault, book: DamageBook): void {
  const fault = slotFault(bytes, key, vaultFileOf(vault.keys));
  if (fault === 'misnamed') {
    book.note(key, 'object-damaged', 'the key slot is not the one that its name says');
  } else if (fault === 'foreign') {
    book.note(key, 'unknown-object', 'this key slot is of another vault', 'warning');
  }
}
