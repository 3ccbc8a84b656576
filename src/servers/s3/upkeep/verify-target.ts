/**
 * Verifies one extent of something, wherever its bytes lie.
 * @module
 */
import type { ExtentIndex } from '../catalog/extent-index.ts';
import type { DataKey, Keyring } from '../encryption/keyring.ts';
import type { Extent } from '../model/object-version.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { DataFolder } from '../storage/data-folder.ts';
import { openSealedFile, sealedBytesInMemory } from '../storage/sealed-source.ts';
import type { SealedSource } from '../storage/sealed-source.ts';
import { extentKey } from '../storage/sealing/extent-key.ts';
import type { ScrubTarget } from './scrub-targets.ts';
import { verifyExtent } from './verify-extent.ts';
import type { ExtentDefect } from './verify-extent.ts';

export interface ExtentPlaces {
  readonly catalog: ExtentIndex;
  readonly data: DataFolder;
}

/** @returns undefined where it cannot be had: a customer has it, or the KMS does not give it */
export async function openTargetKey(
  { name, encryption }: ScrubTarget,
  keyring: Pick<Keyring, 'open'> | undefined,
): Promise<DataKey | 'damaged' | undefined> {
  if (keyring === undefined || encryption.kind === 'sse-c') return undefined;
  try {
    return await keyring.open({ bucket: name.bucket, key: name.key }, encryption, undefined);
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    return error.code === 'InternalError' ? 'damaged' : undefined;
  }
}

export async function verifyTargetExtent(
  { catalog, data }: ExtentPlaces,
  extent: Extent,
  dataKey: Uint8Array | undefined,
): Promise<ExtentDefect | 'unlisted' | 'unreadable' | undefined> {
  if (!extent.isInline && !catalog.namesFile(extent.id)) return 'unlisted';
  let source: SealedSource | undefined;
  try {
    source = await openSource({ catalog, data }, extent);
    if (source === undefined) return 'missing';
    const key = dataKey === undefined ? undefined : extentKey(dataKey, extent.id);
    return await verifyExtent(extent, source, key);
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return 'unreadable';
    throw error;
  } finally {
    await source?.close();
  }
}

async function openSource(
  { catalog, data }: ExtentPlaces,
  extent: Extent,
): Promise<SealedSource | undefined> {
  if (!extent.isInline) return openSealedFile(data.fileOf(extent.id));
  const bytes = catalog.inlineBytes(extent.id);
  return bytes && sealedBytesInMemory(bytes);
}
