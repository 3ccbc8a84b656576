/**
 * The last step of a commit: makes sure that it did not come so long after it was announced that the announcement
 * counted no more. A machine may sleep for weeks between any two requests, and its clock may sleep with it: only the
 * store's times tell.
 * @module
 */
import type { Vault } from '../vault.ts';
import type { Protection } from './protect-manifest.ts';
import { cameTooLate } from './came-too-late.ts';
import { changed } from './protect-manifest.ts';

export interface Committed {
  readonly protection: Protection;
  /** Of the object with which it counts. */
  readonly key: string;
  /** Makes it count no more. */
  readonly undo: () => Promise<void>;
}

/** @throws AppError `vault/changed` where it came too late: then it was undone */
export async function assertInTime(
  vault: Vault,
  { protection, key, undo }: Committed,
  signal?: AbortSignal,
): Promise<void> {
  const committed = await vault.store.head(key, signal);
  if (committed && !cameTooLate(protection.writtenMs, committed.modifiedMs)) return;
  await undo();
  throw changed('it came too long after it was announced');
}
