/**
 * Key slots: the outside is public JSON, the payload a sealed object with the vault's own secrets.
 *
 *     keys/<slot id>.json = { format: "cybs3-key-slot", version: 1, slotId, kind, payload: base64 }
 *     payload (framed JSON, sealed under the slot key) =
 *       { vaultId, version, suite, epochs: [{ epoch, key }], dedupKey, createdMs }
 * @module
 */
import { toHex } from '../../base/bytes.ts';
import { AppError } from '../../base/failure.ts';
import { JsonReader, encodeJson } from './json.ts';
import { VAULT_ID_BYTES } from './vault-file.ts';

const FORMAT_NAME = 'cybs3-key-slot';
const FORMAT_VERSION = 1;
export const SLOT_ID_BYTES = 16;
const KEY_BYTES = 32;
const EPOCHS_MAX = 10_000;

/** How the slot key is had. Only words so far; an unknown kind is left alone. */
export const SLOT_KIND_MNEMONIC = 'mnemonic';

export interface KeySlot {
  readonly slotId: string;
  readonly kind: string;
  /** A sealed object (kind 7). */
  readonly payload: Uint8Array;
}

export function keySlotKey(slotId: string): string {
  return `keys/${slotId}.json`;
}

export function encodeKeySlot(slot: KeySlot): Uint8Array {
  const payload = Buffer.from(slot.payload).toString('base64');
  const { slotId, kind } = slot;
  return encodeJson({ format: FORMAT_NAME, version: FORMAT_VERSION, slotId, kind, payload });
}

/** @throws AppError `format/invalid`, or `vault/unsupported` for a newer version */
export function decodeKeySlot(bytes: Uint8Array, what: string): KeySlot {
  const json = JsonReader.parse(bytes, what);
  if (json.text('format') !== FORMAT_NAME) json.fail('format');
  if (json.count('version') !== FORMAT_VERSION) {
    throw new AppError('vault/unsupported', `${what} has a version this program does not know`);
  }
  return {
    slotId: toHex(json.hex('slotId', SLOT_ID_BYTES)),
    kind: json.text('kind', 64),
    payload: json.base64('payload'),
  };
}

/** The vault's own secrets, and the public facts they are bound to. */
export interface SlotPayload {
  readonly vaultId: Uint8Array;
  readonly version: number;
  readonly suite: number;
  readonly epochs: readonly { readonly epoch: number; readonly key: Uint8Array }[];
  readonly dedupKey: Uint8Array;
  readonly createdMs: number;
}

/** The content for the frame; wipe it after sealing. */
export function encodeSlotPayload(payload: SlotPayload): Uint8Array {
  return encodeJson({
    vaultId: toHex(payload.vaultId),
    version: payload.version,
    suite: payload.suite,
    epochs: payload.epochs.map(({ epoch, key }) => ({ epoch, key: toHex(key) })),
    dedupKey: toHex(payload.dedupKey),
    createdMs: payload.createdMs,
  });
}

export function decodeSlotPayload(bytes: Uint8Array): SlotPayload {
  const json = JsonReader.parse(bytes, 'a key slot');
  const epochs = json
    .objects('epochs', EPOCHS_MAX)
    .map((item) => ({ epoch: item.count('epoch'), key: item.hex('key', KEY_BYTES) }));
  const numbers = new Set(epochs.map(({ epoch }) => epoch));
  if (epochs.length === 0 || numbers.size !== epochs.length || numbers.has(0)) json.fail('epochs');
  return {
    vaultId: json.hex('vaultId', VAULT_ID_BYTES),
    version: json.count('version'),
    suite: json.count('suite'),
    epochs,
    dedupKey: json.hex('dedupKey', KEY_BYTES),
    createdMs: json.count('createdMs'),
  };
}
