/**
 * Compares what the store lists with what there should be: names, the packs that the index knows, and the
 * small objects that can be opened here.
 * @module
 */
import { isDamage, isFailure } from '../../base/failure.ts';
import type { AppError } from '../../base/failure.ts';
import { decodeHeader, ObjectKind, objectName } from '../../crypto/sealed/header.ts';
import { decodeKeySlot, keySlotKey } from '../../format/documents/key-slot.ts';
import { decodeSettings } from '../../format/documents/settings.ts';
import { VAULT_FILE_KEY } from '../../format/documents/vault-file.ts';
import type { StoredObject } from '../../store/port.ts';
import type { VaultIndex } from '../../vault/index/load-index.ts';
import { CONFIG_PREFIX, KEYS_PREFIX, packKey } from '../../vault/pack-key.ts';
import { loadSealedFile } from '../../vault/sealed-file.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Damage, DamageBook } from './damage-book.ts';

const GC_PREFIX = 'gc/';
const SMALL_OBJECT = /^(?:(?:config|index|snapshots|gc)\/[0-9a-f]{32}|keys\/[0-9a-f]{32}\.json)$/;
const PACK = /^(data|meta)\/([0-9a-f]{2})\/(\2[0-9a-f]{30})$/;

export interface ObjectCheck {
  readonly vault: Vault;
  readonly index: VaultIndex;
  readonly book: DamageBook;
  /** Some index files could not be read, so that packs seem to be in none. */
  readonly isIndexPartial: boolean;
  readonly signal: AbortSignal;
  readonly onObject: (count: number) => void;
}

export interface ListedPacks {
  /** By pack number: what is wrong with it, as far as the listing tells. */
  readonly damages: ReadonlyMap<number, Damage>;
  /** By pack number: whether the store has it, whatever its size. */
  readonly isListed: Uint8Array;
}

/** @throws AppError `store/…`; what is wrong with single objects goes into the book */
export async function checkObjects(check: ObjectCheck): Promise<ListedPacks> {
  const { vault, index, book, signal } = check;
  const damages = new Map<number, Damage>();
  const isListed = new Uint8Array(index.packs.count);
  const small: string[] = [];
  let count = 0;
  for await (const object of vault.store.list('', signal)) {
    const pack = PACK.exec(object.key);
    if (pack) {
      const number = index.packs.numberOf(pack[3] ?? '');
      if (number === undefined || index.packs.kindOf(number) !== pack[1]) unindexed(check, object);
      else {
        isListed[number] = 1;
        checkSize(check, number, object, damages);
      }
    } else if (SMALL_OBJECT.test(object.key)) small.push(object.key);
    else if (object.key !== VAULT_FILE_KEY) unknown(book, object);
    check.onObject(++count);
  }
  for (let number = 0; number < index.packs.count; number++) {
    if (!isListed[number]) damages.set(number, missing(check, number));
  }
  for (const key of small) await checkSmallObject(check, key);
  return { damages, isListed };
}

function unindexed({ book, isIndexPartial }: ObjectCheck, { key }: StoredObject): void {
  const message = isIndexPartial
    ? 'no index file that can be read names this pack'
    : 'no index file names this pack: an interrupted backup left it, or a running one is about ' +
      'to use it; it does no harm';
  book.note(key, 'pack-unindexed', message, 'warning');
}

function unknown(book: DamageBook, { key }: StoredObject): void {
  book.note(key, 'unknown-object', 'this is not the name of anything in a vault', 'warning');
}

function checkSize(
  { index, book }: ObjectCheck,
  number: number,
  { key, sizeBytes }: StoredObject,
  damages: Map<number, Damage>,
): void {
  const expected = index.packs.sealedBytesOf(number);
  if (sizeBytes === expected) return;
  const message = `the pack has ${sizeBytes} bytes, and ${expected} were written`;
  damages.set(number, book.note(key, 'pack-size', message));
}

function missing({ index, book }: ObjectCheck, number: number): Damage {
  const key = packKey(index.packs.kindOf(number), index.packs.idOf(number));
  return book.note(key, 'pack-missing', 'the pack is gone, and the index still names it');
}

/** Index files and snapshots were read before; key slots open with other words, so only their outside is. */
async function checkSmallObject({ vault, book, signal }: ObjectCheck, key: string): Promise<void> {
  try {
    if (key.startsWith(CONFIG_PREFIX)) {
      decodeSettings((await loadSealedFile(vault, key, ObjectKind.config, signal)).content);
    } else if (key.startsWith(GC_PREFIX)) {
      await loadSealedFile(vault, key, ObjectKind.gc, signal);
    } else if (key.startsWith(KEYS_PREFIX)) {
      checkSlot(await vault.store.get(key, { signal }), key, book);
    }
  } catch (error) {
    // Gone since it was listed: somebody changed the settings, or removed a slot.
    if (isFailure(error, 'store/not-found')) return;
    noteDamagedObject(book, key, error);
  }
}

function checkSlot(bytes: Uint8Array, key: string, book: DamageBook): void {
  const slot = decodeKeySlot(bytes, key);
  const name = objectName(decodeHeader(slot.payload).salt);
  if (keySlotKey(slot.slotId) === key && name === slot.slotId) return;
  book.note(key, 'object-damaged', 'the key slot is not the one that its name says');
}

/** @throws the error where it is about more than this object */
export function noteDamagedObject(book: DamageBook, key: string, error: unknown): void {
  if (!isAboutObject(error)) throw error;
  book.note(key, 'object-damaged', error.message);
}

/** Whether an error says that what is stored is not what was written, or that it is gone. */
export function isAboutObject(error: unknown): error is AppError {
  return isDamage(error) || isFailure(error, 'store/not-found', 'vault/unsupported');
}
