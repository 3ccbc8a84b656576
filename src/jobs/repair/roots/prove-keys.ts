/**
 * Makes sure that the keys at hand are those of what is stored here, before anything public says so.
 * @module
 */
import { AppError, isDamage, isFailure } from '../../../base/failure.ts';
import { HEADER_BYTES, ObjectKind } from '../../../crypto/sealed/header.ts';
import { ObjectOpener } from '../../../crypto/sealed/open.ts';
import { openContext } from '../../../crypto/vault-keys.ts';
import type { StoredObject } from '../../../store/port.ts';
import {
  CONFIG_PREFIX,
  INDEX_PREFIX,
  SNAPSHOT_PREFIX,
  idOfKey,
  isObjectKey,
} from '../../../vault/pack-key.ts';
import type { Vault } from '../../../vault/vault.ts';

const PLACES = [
  [CONFIG_PREFIX, ObjectKind.config],
  [SNAPSHOT_PREFIX, ObjectKind.snapshot],
  [INDEX_PREFIX, ObjectKind.index],
] as const;
/** So many of a kind are tried. */
const TRIES = 20;

/**
 * Passes where one sealed object is of these keys, or where there are none.
 * @throws AppError `vault/contradiction` where there are some and none is, `store/…`
 */
export async function proveKeys(vault: Vault, signal?: AbortSignal): Promise<void> {
  let tried = 0;
  for (const [prefix, kind] of PLACES) {
    let count = 0;
    for await (const object of vault.store.list(prefix, signal)) {
      if (!isObjectKey(prefix, object.key)) continue;
      if (await isOfTheseKeys(vault, object, kind, signal)) return;
      tried++;
      if (++count === TRIES) break;
    }
  }
  if (tried === 0) return;
  const message = 'these words open a key slot, but nothing else here: it is of another vault';
  throw new AppError('vault/contradiction', message, {
    hint: 'use the words of the vault that vault.json names; nothing was changed',
  });
}

/** The header alone proves it. */
async function isOfTheseKeys(
  { store, keys }: Vault,
  { key, sizeBytes }: StoredObject,
  kind: ObjectKind,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (sizeBytes < HEADER_BYTES) return false;
  try {
    const header = await store.get(key, { range: { offset: 0, length: HEADER_BYTES }, signal });
    using _ = new ObjectOpener(openContext(keys), header, { kind, name: idOfKey(key) }, sizeBytes);
    return true;
  } catch (error) {
    if (isDamage(error) || isFailure(error, 'store/not-found', 'store/checksum')) return false;
    throw error;
  }
}
