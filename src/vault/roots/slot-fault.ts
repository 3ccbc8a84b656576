/**
 * What can be seen of a key slot without the words that it is for.
 * @module
 */
import { AppError } from '../../base/failure.ts';
import type { VaultKeys } from '../../crypto/vault-keys.ts';
import { decodeHeader, objectName } from '../../crypto/sealed/header.ts';
import {
  SLOT_KIND_MNEMONIC,
  decodeIntactSlot,
  keySlotKey,
} from '../../format/documents/key-slot.ts';
import type { KeySlot } from '../../format/documents/key-slot.ts';
import type { VaultFile } from '../../format/documents/vault-file.ts';
import { FORMAT_VERSION, isSameVault } from '../../format/documents/vault-file.ts';

/** `misnamed`: whole, and under another slot's name. `foreign`: of another vault. */
export type SlotFault = 'misnamed' | 'foreign';

/** What `vault.json` and the outside of its key slots have to say about an opened vault. */
export function vaultFileOf({ vaultId, suite }: VaultKeys): VaultFile {
  return { version: FORMAT_VERSION, vaultId, suite };
}

/**
 * @returns `undefined` where nothing is wrong
 * @throws AppError `format/invalid`, `object/…`, `vault/unsupported` where it is damaged
 */
export function slotFault(bytes: Uint8Array, key: string, vault: VaultFile): SlotFault | undefined {
  const slot = decodeIntactSlot(bytes, key);
  assertOwnPayload(slot, key);
  if (slot.vault && !isSameVault(slot.vault, vault)) return 'foreign';
  return keySlotKey(slot.slotId) === key ? undefined : 'misnamed';
}

/** Of another kind than ours nobody knows what the payload is. */
function assertOwnPayload({ kind, slotId, payload }: KeySlot, key: string): void {
  if (kind !== SLOT_KIND_MNEMONIC || objectName(decodeHeader(payload).salt) === slotId) return;
  throw new AppError('object/name', `${key} is damaged: its payload is that of another slot`);
}
