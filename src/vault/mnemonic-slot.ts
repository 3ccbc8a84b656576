/**
 * Key slots of kind `mnemonic`: made from words, and tried with words.
 * @module
 */
import { fromHex, toHex } from '../base/bytes.ts';
import { isFailure } from '../base/failure.ts';
import type { RandomBytes } from '../base/ports.ts';
import { deriveSlotKey } from '../crypto/derive.ts';
import { ObjectKind, Suite } from '../crypto/sealed/header.ts';
import { openObject } from '../crypto/sealed/open.ts';
import { sealObject } from '../crypto/sealed/seal.ts';
import type { Secret } from '../crypto/secret.ts';
import type { KeySlot, SlotPayload } from '../format/documents/key-slot.ts';
import {
  SLOT_ID_BYTES,
  SLOT_KIND_MNEMONIC,
  decodeSlotPayload,
  encodeSlotPayload,
} from '../format/documents/key-slot.ts';
import { decodeFrame, encodeFrame } from '../format/frame.ts';

const SALT_BYTES = 32;
const SLOT_EPOCH = 0;

/** Seals the vault's secrets for the holder of `root`. */
export function makeMnemonicSlot(root: Secret, payload: SlotPayload, random: RandomBytes): KeySlot {
  // The slot's id is the start of its salt and enters its key, so the salt comes first.
  const salt = random(SALT_BYTES);
  const slotId = salt.subarray(0, SLOT_ID_BYTES);
  using slotKey = deriveSlotKey(root, payload.vaultId, slotId);
  const content = encodeSlotPayload(payload);
  const frame = encodeFrame(content);
  const context = {
    vaultId: payload.vaultId,
    suite: Suite.aes256gcm,
    epoch: SLOT_EPOCH,
    epochKey: slotKey,
    random,
  };
  try {
    const sealed = sealObject(context, ObjectKind.slot, frame, salt);
    const { vaultId, version, suite } = payload;
    const vault = { vaultId, version, suite };
    return { slotId: toHex(slotId), kind: SLOT_KIND_MNEMONIC, payload: sealed.bytes, vault };
  } finally {
    content.fill(0);
    frame.fill(0);
  }
}

/**
 * @returns the vault's secrets, or `undefined` where the slot belongs to other words
 * @throws AppError `object/…` or `format/invalid` where the slot fits but is damaged
 */
export function openMnemonicSlot(
  root: Secret,
  vaultId: Uint8Array,
  slot: KeySlot,
): SlotPayload | undefined {
  const slotId = fromHex(slot.slotId, SLOT_ID_BYTES);
  if (!slotId) return undefined;
  using slotKey = deriveSlotKey(root, vaultId, slotId);
  const epochKey = (epoch: number) => (epoch === SLOT_EPOCH ? slotKey : undefined);
  const expected = { kind: ObjectKind.slot, name: slot.slotId };
  let frame: Uint8Array;
  try {
    frame = openObject({ vaultId, epochKey }, slot.payload, expected);
  } catch (error) {
    if (isFailure(error, 'object/commitment')) return undefined;
    throw error;
  }
  try {
    return decodeSlotPayload(decodeFrame(frame, 'a key slot'));
  } finally {
    frame.fill(0);
  }
}
