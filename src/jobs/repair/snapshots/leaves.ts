/**
 * The level-0 nodes of a manifest in path order, as far as the nodes above them can be read. Everything is hostile:
 * a node that is not where its fence says is as good as lost, so that none is gone through again and again.
 * @module
 */
import { compareBytes } from '../../../base/bytes.ts';
import { AppError, isDamage, isFailure } from '../../../base/failure.ts';
import type { PathKey } from '../../../format/entry.ts';
import type { Fence } from '../../../format/manifest-node.ts';
import { decodeFences } from '../../../format/manifest-node.ts';
import type { ManifestRoot } from '../../../format/snapshot.ts';
import type { NodeSource } from '../../../vault/manifest/manifest-reader.ts';

const TOP: PathKey = new Uint8Array(0);

export interface Leaf {
  readonly id: Uint8Array;
  /** Its first path; undefined where it is the whole manifest. */
  readonly path: PathKey | undefined;
  /** First path behind it, where there is one. */
  readonly after: PathKey | undefined;
  readonly entries: number;
}

/** A part of a manifest that cannot be read. */
export interface LostNode {
  readonly path: PathKey;
  readonly entries: number;
  readonly error: AppError;
}

export async function* leavesOf(
  source: NodeSource,
  { id, level, entries }: ManifestRoot,
  onLost: (lost: LostNode) => void,
): AsyncGenerator<Leaf> {
  if (level === 0) yield { id, path: undefined, after: undefined, entries };
  else yield* leavesUnder(source, { id, path: TOP, entries, bytes: 0 }, level, undefined, onLost);
}

async function* leavesUnder(
  source: NodeSource,
  node: Fence,
  level: number,
  after: PathKey | undefined,
  onLost: (lost: LostNode) => void,
): AsyncGenerator<Leaf> {
  const fences = await loadFences(source, node, level, after, onLost);
  for (const [i, fence] of fences.entries()) {
    const next = fences[i + 1]?.path ?? after;
    if (level > 1) yield* leavesUnder(source, fence, level - 1, next, onLost);
    else yield { id: fence.id, path: fence.path, after: next, entries: fence.entries };
  }
}

async function loadFences(
  source: NodeSource,
  { id, path, entries }: Fence,
  level: number,
  after: PathKey | undefined,
  onLost: (lost: LostNode) => void,
): Promise<readonly Fence[]> {
  try {
    const fences = decodeFences(await source.load(id), level);
    const [first, last] = [fences[0]?.path ?? TOP, fences.at(-1)?.path ?? TOP];
    const isInPlace =
      (path.length === 0 || compareBytes(first, path) === 0) &&
      (after === undefined || compareBytes(last, after) < 0);
    if (isInPlace) return fences;
    throw new AppError('format/invalid', 'a manifest node is not where it belongs');
  } catch (error) {
    if (!isLoss(error)) throw error;
    onLost({ path, entries, error });
    return [];
  }
}

/** Whether an error says that what is stored is not what was written, or is gone. */
export function isLoss(error: unknown): error is AppError {
  return isDamage(error) || isFailure(error, 'store/not-found');
}
