/**
 * Looks at every key slot: which are ours, which are whole, and what those that are not should be.
 * @module
 */
import { isDamage, isFailure } from '../../../base/failure.ts';
import type { AppError } from '../../../base/failure.ts';
import type { Secret } from '../../../crypto/secret.ts';
import type { KeySlot, SlotPayload } from '../../../format/documents/key-slot.ts';
import { SLOT_KIND_MNEMONIC, encodeKeySlot } from '../../../format/documents/key-slot.ts';
import type { VaultFile } from '../../../format/documents/vault-file.ts';
import { isSameVault } from '../../../format/documents/vault-file.ts';
import type { ObjectStore } from '../../../store/port.ts';
import { openMnemonicSlot } from '../../../vault/mnemonic-slot.ts';
import { wipePayload } from '../../../vault/roots/open-slots.ts';
import { slotFault } from '../../../vault/roots/slot-fault.ts';
import type { ReadableSlot } from '../../../vault/roots/stored-slots.ts';
import { fetchSlots } from '../../../vault/roots/stored-slots.ts';

/** A slot that can be kept. */
export interface WholeSlot {
  readonly key: string;
  readonly slot: KeySlot;
  /** What is to be stored: not what is, where its outside is to be mended. */
  readonly bytes: Uint8Array;
  readonly isMended: boolean;
  /** The words open it. */
  readonly isOurs: boolean;
}

export interface SlotSurvey {
  readonly whole: readonly WholeSlot[];
  readonly damaged: readonly { readonly key: string; readonly error: AppError }[];
}

/** Slots of other vaults are left out. @throws AppError `store/…` */
export async function surveySlots(
  store: ObjectStore,
  root: Secret,
  vault: VaultFile,
  signal?: AbortSignal,
): Promise<SlotSurvey> {
  const whole: WholeSlot[] = [];
  const damaged: { key: string; error: AppError }[] = [];
  for (const stored of await fetchSlots(store, signal)) {
    if (stored.error) {
      damaged.push(stored);
      continue;
    }
    const { key, slot, bytes } = stored;
    const isOurs = opens(slot, root, vault);
    const fault = faultOf(stored, vault);
    if (isOurs) {
      const isMended = fault !== undefined && fault !== 'misnamed';
      const wanted = isMended ? encodeKeySlot({ ...slot, vault }) : bytes;
      whole.push({ key, slot, bytes: wanted, isMended, isOurs });
    } else if (fault === undefined || fault === 'misnamed') {
      whole.push({ key, slot, bytes, isMended: false, isOurs });
    } else if (fault !== 'foreign') damaged.push({ key, error: fault });
  }
  return { whole, damaged };
}

function faultOf({ bytes, key }: ReadableSlot, vault: VaultFile) {
  try {
    return slotFault(bytes, key, vault);
  } catch (error) {
    if (isDamage(error) || isFailure(error, 'vault/unsupported')) return error;
    throw error;
  }
}

function opens(slot: KeySlot, root: Secret, vault: VaultFile): boolean {
  const payload = openOurs(slot, root, vault);
  if (payload) wipePayload(payload);
  return payload !== undefined;
}

/** The secrets in a slot of this vault that the words open; the caller's to wipe. */
export function openOurs(slot: KeySlot, root: Secret, vault: VaultFile): SlotPayload | undefined {
  if (slot.kind !== SLOT_KIND_MNEMONIC) return undefined;
  let payload: SlotPayload | undefined;
  try {
    payload = openMnemonicSlot(root, vault.vaultId, slot);
  } catch (error) {
    if (isDamage(error)) return undefined;
    throw error;
  }
  if (!payload || isSameVault(payload, vault)) return payload;
  wipePayload(payload);
  return undefined;
}
