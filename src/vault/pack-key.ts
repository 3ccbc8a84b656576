/**
 * Where the objects of a vault lie in its store.
 * @module
 */
import { AppError } from '../base/failure.ts';

export type PackRoom = 'data' | 'meta';

/** Where packs lie, by room. */
export const PACK_PREFIXES = ['data/', 'meta/'] as const;

export const INDEX_PREFIX = 'index/';
export const SNAPSHOT_PREFIX = 'snapshots/';
export const CONFIG_PREFIX = 'config/';
export const KEYS_PREFIX = 'keys/';
export const GC_PREFIX = 'gc/';
export const EVIDENCE_PREFIX = 'evidence/';

/** `data/<first two digits>/<id>`, so that no folder of a directory store grows too large. */
export function packKey(room: PackRoom, id: string): string {
  return `${room}/${id.slice(0, 2)}/${id}`;
}

/**
 * Whether a key that was listed under `prefix` is the name of one of our objects. Others (`.DS_Store`, folder
 * markers) are strangers: they are left alone, and must not stand in the way.
 */
export function isObjectKey(prefix: string, key: string): boolean {
  return key.startsWith(prefix) && /^[0-9a-f]{32}$/.test(key.slice(prefix.length));
}

/**
 * The 32 hex digits at the end of an object's key.
 * @throws AppError `object/name` where there are none
 */
export function idOfKey(key: string): string {
  const id = key.slice(key.lastIndexOf('/') + 1);
  if (!/^[0-9a-f]{32}$/.test(id)) {
    throw new AppError('object/name', `${key} is not the name of an object of a vault`);
  }
  return id;
}
