/**
 * The file in which a check remembers what it verified when. It is never needed: lost or damaged, it begins anew.
 * @module
 */
import { open, mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { PackList } from '../../../vault/index/pack-list.ts';
import { VERIFIED_BYTES_MAX, VerifiedPacks, isUseless } from './verified-packs.ts';

/** What is remembered; nothing where there is no such file, or it is not ours. */
export async function loadVerified(
  path: string,
  vaultId: string,
  packs: PackList,
  nowMs: number,
): Promise<VerifiedPacks> {
  const bytes = await readBounded(path);
  if (!bytes) return VerifiedPacks.none(packs);
  try {
    return VerifiedPacks.decode(bytes, vaultId, packs, nowMs);
  } catch (error) {
    if (isUseless(error)) return VerifiedPacks.none(packs);
    throw error;
  }
}

async function readBounded(path: string): Promise<Uint8Array | undefined> {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    return size > VERIFIED_BYTES_MAX ? undefined : await file.readFile();
  } catch {
    return undefined;
  }
}

/**
 * Puts the file in place in one step, for this user only.
 * @returns why it could not, where it could not: a check goes on without
 */
export async function saveVerified(
  path: string,
  vaultId: string,
  verified: VerifiedPacks,
): Promise<string | undefined> {
  const part = `${path}.part`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeWhole(part, verified.encode(vaultId));
    await rename(part, path);
    return undefined;
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    return error instanceof Error ? error.message : String(error);
  }
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, 'w', 0o600);
  await file.writeFile(bytes);
  await file.sync();
}
