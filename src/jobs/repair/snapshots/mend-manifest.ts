/**
 * Builds a manifest anew without what cannot be had. Nodes in which nothing changes come out the same.
 * @module
 */
import type { PathKey } from '../../../format/entry.ts';
import type { ManifestRoot, SnapshotTotals } from '../../../format/snapshot.ts';
import { ManifestBuilder } from '../../../vault/manifest/manifest-builder.ts';
import { noTotals, sumTotals } from '../../backup/totals.ts';
import type { Leaf } from './leaves.ts';
import { leavesOf } from './leaves.ts';
import type { LeafParts, MendedLeaf, PathLoss } from './mend-leaf.ts';
import { mendLeaf } from './mend-leaf.ts';

/** Leaves that are the same in many snapshots and were mended once. */
const REMEMBERED_MAX = 4096;

export interface MendedManifest {
  /** Undefined where nothing is left. */
  readonly root: ManifestRoot | undefined;
  readonly totals: SnapshotTotals;
}

export class ManifestMender {
  readonly #parts: LeafParts;
  readonly #startsNode: (path: PathKey, averageLog2: number) => boolean;
  readonly #mended = new Map<string, MendedLeaf>();

  constructor(parts: LeafParts, startsNode: (path: PathKey, averageLog2: number) => boolean) {
    this.#parts = parts;
    this.#startsNode = startsNode;
  }

  /**
   * @param onLoss told of each path that is left out or changed
   * @throws AppError `store/…`, `interrupted`
   */
  async mend(root: ManifestRoot, onLoss: (loss: PathLoss) => void): Promise<MendedManifest> {
    const { source, saver } = this.#parts;
    const builder = new ManifestBuilder({
      startsNode: this.#startsNode,
      saveNode: (node) => saver.save('meta', node),
    });
    let totals = noTotals();
    const leaves = leavesOf(source, root, ({ path, entries, error: { message } }) =>
      onLoss({ path, action: 'path-dropped', message, entries }),
    );
    for await (const leaf of leaves) {
      const mended = await this.#mendLeaf(leaf);
      for (const loss of mended.losses) onLoss(loss);
      if (!mended.fence) continue;
      totals = sumTotals(totals, mended.totals);
      await builder.add(mended.fence);
    }
    return { root: await builder.finish(), totals };
  }

  async #mendLeaf(leaf: Leaf): Promise<MendedLeaf> {
    const { id, path, after } = leaf;
    const name = [id, path, after].map((part) => Buffer.from(part ?? '').toString('hex')).join();
    const known = this.#mended.get(name);
    if (known) return known;
    const mended = await mendLeaf(leaf, this.#parts);
    // Only what was changed is remembered: the others need no second look, their nodes are in the loader's cache.
    if (mended.losses.length > 0) {
      if (this.#mended.size >= REMEMBERED_MAX) this.#mended.clear();
      this.#mended.set(name, mended);
    }
    return mended;
  }
}
