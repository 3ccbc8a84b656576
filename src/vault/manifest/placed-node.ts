/**
 * Decodes manifest nodes that stand where their fences say. A node may stand in one place only: else a few of them
 * could make a manifest without end.
 * @module
 */
import { compareBytes } from '../../base/bytes.ts';
import { AppError } from '../../base/failure.ts';
import type { Entry, PathKey } from '../../format/entry.ts';
import type { Fence } from '../../format/manifest-node.ts';
import { decodeEntries, decodeFences } from '../../format/manifest-node.ts';

export interface NodePlace {
  readonly id: Uint8Array;
  readonly level: number;
  /** The first path in it; undefined for a top node, which begins anywhere. */
  readonly path: PathKey | undefined;
  /** The first path behind it, where there is one. */
  readonly after: PathKey | undefined;
}

/** @throws AppError `format/invalid` */
export function placedFences(node: Uint8Array, place: Omit<NodePlace, 'id'>): Fence[] {
  const fences = decodeFences(node, place.level);
  const [first, last] = [fences[0], fences.at(-1)];
  if (first && last) assertInPlace(first.path, last.path, place);
  return fences;
}

/** @throws AppError `format/invalid` when it comes upon an entry that does not belong there */
export function* placedEntries(node: Uint8Array, place: NodePlace): Generator<Entry> {
  // Looked at once, for the first entry.
  let { path } = place;
  for (const entry of decodeEntries(node)) {
    assertInPlace(entry.path, entry.path, { path, after: place.after });
    path = undefined;
    yield entry;
  }
}

/** @throws AppError `format/invalid` where the first entry of a level-0 node has another path */
export function assertBeginsAt(node: Uint8Array, path: PathKey): void {
  for (const entry of decodeEntries(node)) {
    return assertInPlace(entry.path, entry.path, { path, after: undefined });
  }
}

function assertInPlace(
  first: PathKey,
  last: PathKey,
  { path, after }: Pick<NodePlace, 'path' | 'after'>,
): void {
  const isElsewhere = path !== undefined && compareBytes(first, path) !== 0;
  const isBehind = after !== undefined && compareBytes(last, after) >= 0;
  if (!isElsewhere && !isBehind) return;
  const message = 'a manifest is damaged: a part of it stands where it does not belong';
  throw new AppError('format/invalid', message);
}
