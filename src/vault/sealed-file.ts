/**
 * Small sealed objects (index, snapshots, settings): framed, sealed and stored whole; and back.
 * @module
 */
import { AppError, isDamage } from '../base/failure.ts';
import { openObject, openObjectInPlace } from '../crypto/sealed/open.ts';
import { sealObject } from '../crypto/sealed/seal.ts';
import type { ObjectKind } from '../crypto/sealed/header.ts';
import type { VaultKeys } from '../crypto/vault-keys.ts';
import { openContext, sealContext } from '../crypto/vault-keys.ts';
import { decodeFrame, encodeFrame } from '../format/frame.ts';
import type { StorableBytes } from '../base/brand.ts';
import type { ObjectStore } from '../store/port.ts';
import { idOfKey } from './pack-key.ts';
import type { Vault } from './vault.ts';

export interface SealedFile {
  readonly id: string;
  readonly bytes: StorableBytes;
}

/** Seals `content`; its name is drawn anew each time. */
export function sealFile(
  { keys, random }: Pick<Vault, 'keys' | 'random'>,
  kind: ObjectKind,
  content: Uint8Array,
): SealedFile {
  const { name, bytes } = sealObject(sealContext(keys, random), kind, encodeFrame(content));
  return { id: name, bytes };
}

/** Stores what was sealed under `prefix`. */
export function storeSealedFile(
  { store }: Pick<Vault, 'store'>,
  prefix: string,
  { id, bytes }: SealedFile,
  signal?: AbortSignal,
): Promise<void> {
  return store.put(prefix + id, bytes, { tier: 'metadata', signal });
}

/** Seals `content`, and stores it under `prefix`. */
export async function saveSealedFile(
  vault: Pick<Vault, 'store' | 'keys' | 'random'>,
  prefix: string,
  kind: ObjectKind,
  content: Uint8Array,
  signal?: AbortSignal,
): Promise<SealedFile> {
  const sealed = sealFile(vault, kind, content);
  await storeSealedFile(vault, prefix, sealed, signal);
  return sealed;
}

export interface LoadedFile {
  readonly content: Uint8Array;
  readonly sealed: Uint8Array;
}

/**
 * The content may not be changed where the store keeps copies; `sealed` are the bytes it was in.
 * @throws AppError `object/…` naming the key, where the stored bytes are not those that were written
 */
export async function loadSealedFile(
  vault: Pick<Vault, 'store' | 'keys'>,
  key: string,
  kind: ObjectKind,
  signal?: AbortSignal,
): Promise<LoadedFile> {
  return trustingCopies(vault.store, key, async () => {
    const sealed = await vault.store.get(key, { signal });
    return { content: openSealedFile(vault.keys, key, kind, sealed), sealed };
  });
}

/**
 * As `loadSealedFile`, of a large one: what comes of the store is opened where it lies.
 * @throws AppError `object/…` naming the key
 */
export async function takeSealedFile(
  vault: Pick<Vault, 'store' | 'keys'>,
  key: string,
  kind: ObjectKind,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  return trustingCopies(vault.store, key, async () => {
    const sealed = await vault.store.get(key, { signal });
    return openWith(openObjectInPlace, vault.keys, key, kind, sealed);
  });
}

/** @throws AppError `object/…` naming the key */
export function openSealedFile(
  keys: VaultKeys,
  key: string,
  kind: ObjectKind,
  sealed: Uint8Array,
): Uint8Array {
  return openWith(openObject, keys, key, kind, sealed);
}

function openWith(
  open: typeof openObject,
  keys: VaultKeys,
  key: string,
  kind: ObjectKind,
  sealed: Uint8Array,
): Uint8Array {
  try {
    const frame = open(openContext(keys), sealed, { kind, name: idOfKey(key) });
    return decodeFrame(frame, key);
  } catch (error) {
    throw named(error, key);
  }
}

/**
 * Reads an object, and once more where what came is damaged but was only a local copy: then the
 * store itself is asked.
 */
export async function trustingCopies<T>(
  store: ObjectStore,
  key: string,
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!isDamage(error) || !(await store.distrust?.(key))) throw error;
    return read();
  }
}

/** The same failure, saying which object it is about. */
export function named(error: unknown, key: string): unknown {
  if (!isDamage(error) || error.message.includes(key)) return error;
  const { code, hint, detail } = error;
  return new AppError(code, `${key}: ${error.message}`, {
    ...(hint !== undefined && { hint }),
    detail: { ...detail, object: key },
    cause: error.cause,
  });
}
