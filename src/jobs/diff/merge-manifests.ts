/**
 * Goes through two manifests side by side, in path order, and passes over the nodes that both have.
 *
 * Where nodes end follows from the paths alone, so that regions without a change are the same nodes in both,
 * whatever changed around them. To come upon them, always the one that is behind goes on, and of two
 * at one path the one in front of the higher node goes into it.
 * @module
 */
import { compareBytes } from '../../base/bytes.ts';
import type { Entry } from '../../format/entry.ts';
import type { ManifestCursor } from './manifest-cursor.ts';

/** The entries at one path; one side is missing where only the other has it. They may be the same. */
export interface EntryPair {
  readonly before?: Entry;
  readonly after?: Entry;
}

/** @throws AppError as `ManifestCursor.enter` */
export async function* mergeManifests(
  before: ManifestCursor,
  after: ManifestCursor,
): AsyncGenerator<EntryPair> {
  try {
    while (before.path || after.path) {
      const order = orderOf(before, after);
      if (order === 0 && isSameNode(before, after)) {
        before.skip();
        after.skip();
      } else if (order === 0 && before.entry && after.entry) {
        yield { before: before.entry, after: after.entry };
        before.skip();
        after.skip();
      } else if (order === 0) await enterHigher(before, after);
      else if (order < 0 && before.entry) {
        yield { before: before.entry };
        before.skip();
      } else if (order > 0 && after.entry) {
        yield { after: after.entry };
        after.skip();
      } else await (order < 0 ? enter(before, after) : enter(after, before));
    }
  } finally {
    await Promise.all([before.close(), after.close()]);
  }
}

function orderOf({ path: a }: ManifestCursor, { path: b }: ManifestCursor): number {
  if (!a || !b) return a ? -1 : 1;
  return compareBytes(a, b);
}

function isSameNode({ node: a }: ManifestCursor, { node: b }: ManifestCursor): boolean {
  return a !== undefined && b !== undefined && compareBytes(a.id, b.id) === 0;
}

async function enterHigher(a: ManifestCursor, b: ManifestCursor): Promise<void> {
  const [levelA, levelB] = [a.level, b.level];
  if (levelA === levelB) await Promise.all([enter(a, b), enter(b, a)]);
  else await (levelA > levelB ? enter(a, b) : enter(b, a));
}

async function enter(cursor: ManifestCursor, other: ManifestCursor): Promise<void> {
  cursor.loadAhead((fence, level) => other.hasNode(fence, level));
  await cursor.enter();
}
