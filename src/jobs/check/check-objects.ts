/**
 * Compares what the store lists with what there should be: names, the packs that the index knows, and the
 * small objects that can be opened here.
 * @module
 */
import { isDamage, isFailure } from '../../base/failure.ts';
import type { AppError } from '../../base/failure.ts';
import { ObjectKind } from '../../crypto/sealed/header.ts';
import { decodeEvidence } from '../../format/documents/evidence.ts';
import { decodeGcRecord } from '../../format/documents/gc-record.ts';
import { decodeSettings } from '../../format/documents/settings.ts';
import { VAULT_FILE_KEY } from '../../format/documents/vault-file.ts';
import type { StoredObject } from '../../store/port.ts';
import type { GcState } from '../../vault/gc/gc-state.ts';
import type { VaultIndex } from '../../vault/index/load-index.ts';
import {
  CONFIG_PREFIX,
  EVIDENCE_PREFIX,
  GC_PREFIX,
  KEYS_PREFIX,
  packKey,
} from '../../vault/pack-key.ts';
import { loadSealedFile } from '../../vault/sealed-file.ts';
import type { Vault } from '../../vault/vault.ts';
import { checkSlot } from './check-roots.ts';
import type { Damage, DamageBook } from './damage-book.ts';

const SMALL_OBJECT =
  /^(?:(?:config|index|snapshots|gc|evidence)\/[0-9a-f]{32}|keys\/[0-9a-f]{32}\.json)$/;
const PACK = /^(data|meta)\/([0-9a-f]{2})\/(\2[0-9a-f]{30})$/;

export interface ObjectCheck {
  readonly vault: Vault;
  readonly index: VaultIndex;
  readonly book: DamageBook;
  readonly condemned: GcState['condemned'];
  /** Some index files could not be read, so that packs seem to be in none. */
  readonly isIndexPartial: boolean;
  readonly signal: AbortSignal;
  readonly onObject: (count: number) => void;
}

export interface ListedPacks {
  /** What is wrong with a pack, by its number, as far as the listing tells. */
  readonly damages: PackDamages;
  /** By pack number: whether the store has it, whatever its size. */
  readonly isListed: Uint8Array;
}

/** As a map; a pack that may be gone becomes a fault when something in it is needed. */
export interface PackDamages {
  get(number: number): Damage | undefined;
}

/** @throws AppError `store/…`; what is wrong with single objects goes into the book */
export async function checkObjects(check: ObjectCheck): Promise<ListedPacks> {
  const { vault, index, book, condemned, signal } = check;
  const damages = new Map<number, Damage>();
  const isListed = new Uint8Array(index.packs.count);
  const small: string[] = [];
  let count = 0;
  for await (const object of vault.store.list('', signal)) {
    const pack = PACK.exec(object.key);
    if (pack) {
      const id = pack[3] ?? '';
      const number = index.packs.numberOf(id);
      if (number === undefined || index.packs.kindOf(number) !== pack[1]) {
        // What is condemned waits for its end: no need to name it.
        if (!condemned.has(id)) unindexed(check, object);
      } else {
        isListed[number] = 1;
        checkSize(check, number, object, damages);
      }
    } else if (SMALL_OBJECT.test(object.key)) small.push(object.key);
    else if (object.key !== VAULT_FILE_KEY) unknown(book, object);
    check.onObject(++count);
  }
  const pruned = new Set<number>();
  for (let number = 0; number < index.packs.count; number++) {
    if (isListed[number]) continue;
    if (condemned.has(index.packs.idOf(number))) pruned.add(number);
    else damages.set(number, missing(check, number));
  }
  for (const key of small) await checkSmallObject(check, key);
  if (!small.some((key) => key.startsWith(CONFIG_PREFIX))) {
    const message =
      'there are no settings, which every vault has: backups would go by the defaults';
    book.note(CONFIG_PREFIX, 'settings-missing', message);
  }
  const get = (number: number): Damage | undefined =>
    pruned.has(number) ? missing(check, number) : damages.get(number);
  return { damages: { get }, isListed };
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
      decodeGcRecord((await loadSealedFile(vault, key, ObjectKind.gc, signal)).content, key);
    } else if (key.startsWith(EVIDENCE_PREFIX)) {
      decodeEvidence((await loadSealedFile(vault, key, ObjectKind.config, signal)).content, key);
    } else if (key.startsWith(KEYS_PREFIX)) {
      checkSlot(await vault.store.get(key, { signal }), key, vault, book);
    }
  } catch (error) {
    // Gone since it was listed: somebody changed the settings, or removed a slot.
    if (isFailure(error, 'store/not-found')) return;
    noteDamagedObject(book, key, error);
  }
}

/** @throws the error where it is about more than this object */
export function noteDamagedObject(book: DamageBook, key: string, error: unknown): void {
  if (!isAboutObject(error)) throw error;
  book.note(key, 'object-damaged', error.message);
}

/** Whether an error says that what is stored is not what was written, or that it is gone. */
export function isAboutObject(error: unknown): error is AppError {
  return (
    isDamage(error) || isFailure(error, 'store/not-found', 'store/checksum', 'vault/unsupported')
  );
}
