/**
 * Key slots: the outside is public JSON, the payload a sealed object with the vault's own secrets.
 *
 *     keys/<slot id>.json = { format: "cybs3-key-slot", version: 1, slotId, kind,
 *       vault: { version, vaultId, suite }, payload: base64, sha256 }
 *     payload (framed JSON, sealed under the slot key) =
 *       { vaultId, version, suite, epochs: [{ epoch, key }], dedupKey, createdMs }
 *
 * `vault` says what `vault.json` says, for the day that it is lost. `sha256` lets anybody find damage that is no
 * attack, without the words. Slots of before have neither, and no slot is refused for what they say.
 * @module
 */
import { createHash } from 'node:crypto';
import { toHex } from '../../base/bytes.ts';
import { AppError, isDamage } from '../../base/failure.ts';
import { JsonReader, encodeJson } from './json.ts';
import type { VaultFile } from './vault-file.ts';
import { VAULT_ID_BYTES, vaultFileFromJson, vaultFileToJson } from './vault-file.ts';

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
  /** What `vault.json` says. Nothing vouches for it but the sealed payload. */
  readonly vault?: VaultFile;
}

export function keySlotKey(slotId: string): string {
  return `keys/${slotId}.json`;
}

export function encodeKeySlot({ slotId, kind, payload, vault }: KeySlot): Uint8Array {
  const sealed = Buffer.from(payload).toString('base64');
  const plain = { format: FORMAT_NAME, version: FORMAT_VERSION, slotId, kind };
  if (!vault) return encodeJson({ ...plain, payload: sealed });
  const document = { ...plain, vault: vaultFileToJson(vault), payload: sealed };
  const sha256 = digestOf(new JsonReader(document, 'a key slot'));
  return encodeJson({ ...document, sha256: toHex(sha256) });
}

/**
 * What is needed to open the slot; damage in what repeats things is overlooked.
 * @throws AppError `format/invalid`, or `vault/unsupported` for a newer version
 */
export function decodeKeySlot(bytes: Uint8Array, what: string): KeySlot {
  return slotOf(readSlot(bytes, what));
}

/**
 * As `decodeKeySlot`, and whatever is not as it was written is refused, as far as the slot can tell.
 * @throws AppError `format/invalid`, or `vault/unsupported` for a newer version
 */
export function decodeIntactSlot(bytes: Uint8Array, what: string): KeySlot {
  const json = readSlot(bytes, what);
  const slot = slotOf(json);
  if (!json.has('vault') && !json.has('sha256')) return slot;
  if (!slot.vault) return json.fail('vault');
  return json.text('sha256') === toHex(digestOf(json)) ? slot : json.fail('sha256');
}

function readSlot(bytes: Uint8Array, what: string): JsonReader {
  const json = JsonReader.parse(bytes, what);
  if (json.text('format') !== FORMAT_NAME) json.fail('format');
  if (json.count('version') !== FORMAT_VERSION) {
    throw new AppError('vault/unsupported', `${what} has a version this program does not know`);
  }
  return json;
}

function slotOf(json: JsonReader): KeySlot {
  const vault = readableVault(json);
  return {
    slotId: toHex(json.hex('slotId', SLOT_ID_BYTES)),
    kind: json.text('kind', 64),
    payload: json.base64('payload'),
    ...(vault && { vault }),
  };
}

function readableVault(json: JsonReader): VaultFile | undefined {
  try {
    return json.has('vault') ? vaultFileFromJson(json.object('vault')) : undefined;
  } catch (error) {
    if (!isDamage(error)) throw error;
    return undefined;
  }
}

/** Over the values as they stand there, a line each. */
function digestOf(json: JsonReader): Uint8Array {
  const vault = json.object('vault');
  const lines = [
    vault.text('vaultId'),
    vault.count('version'),
    vault.count('suite'),
    json.text('slotId'),
    json.text('kind'),
    json.text('payload', 1 << 22),
  ];
  return createHash('sha256').update(lines.join('\n')).digest();
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
