/**
 * What lies under `keys/`, as far as it can be read.
 * @module
 */
import { AppError, isDamage, isFailure } from '../../base/failure.ts';
import { mapConcurrent } from '../../base/flow.ts';
import { MiB } from '../../base/units.ts';
import type { KeySlot } from '../../format/documents/key-slot.ts';
import { decodeKeySlot } from '../../format/documents/key-slot.ts';
import type { ObjectStore, StoredObject } from '../../store/port.ts';
import { KEYS_PREFIX } from '../pack-key.ts';

/** One object under `keys/`: a slot, or why it is none that can be read. */
export type StoredSlot = ReadableSlot | UnreadableSlot;

export interface ReadableSlot {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly slot: KeySlot;
  readonly error?: never;
}

export interface UnreadableSlot {
  readonly key: string;
  readonly slot?: never;
  readonly error: AppError;
}

const SLOTS_AT_ONCE = 8;
/** A payload has at most 1 MiB, before base64. */
const SLOT_BYTES_MAX = 2 * MiB;

/**
 * Whatever ends in `.json` may be a slot, whatever its name: the slot itself says which it is.
 * @throws AppError `store/…`
 */
export async function fetchSlots(store: ObjectStore, signal?: AbortSignal): Promise<StoredSlot[]> {
  const slots: StoredSlot[] = [];
  const load = (object: StoredObject) => fetchSlot(store, object, signal);
  const stored = store.list(KEYS_PREFIX, signal);
  for await (const slot of mapConcurrent(stored, SLOTS_AT_ONCE, load)) if (slot) slots.push(slot);
  return slots;
}

async function fetchSlot(
  store: ObjectStore,
  { key, sizeBytes }: StoredObject,
  signal: AbortSignal | undefined,
): Promise<StoredSlot | undefined> {
  if (!key.endsWith('.json')) return undefined;
  try {
    if (sizeBytes > SLOT_BYTES_MAX) {
      throw new AppError('format/invalid', `${key} is too long for a key slot`);
    }
    const bytes = await store.get(key, { signal });
    return { key, bytes, slot: decodeKeySlot(bytes, key) };
  } catch (error) {
    // Gone since it was listed.
    if (isFailure(error, 'store/not-found')) return undefined;
    const isAboutIt = isDamage(error) || isFailure(error, 'vault/unsupported', 'store/checksum');
    if (!isAboutIt) throw error;
    return { key, error };
  }
}
