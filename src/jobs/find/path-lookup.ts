/**
 * Finds one path in many manifests, reading each distinct node once.
 * @module
 */
import { compareBytes, toHex } from '../../base/bytes.ts';
import type { Entry, PathKey } from '../../format/entry.ts';
import type { Fence } from '../../format/manifest-node.ts';
import { decodeEntries, decodeFences } from '../../format/manifest-node.ts';
import type { ManifestRoot } from '../../format/snapshot.ts';
import type { NodeSource } from '../../vault/manifest/manifest-reader.ts';
import { ownEntry } from './own-entry.ts';

export class PathLookup {
  nodesRead = 0;
  readonly #source: NodeSource;
  readonly #path: PathKey;
  /** What is at the path, by the names in hex of the nodes on the way: a few for each snapshot. */
  readonly #known = new Map<string, Entry | undefined>();

  constructor(source: NodeSource, path: PathKey) {
    this.#source = source;
    this.#path = path;
  }

  /** @throws AppError `chunk/…`, `object/…`, `format/invalid`, `store/…` */
  async find({ id, level }: Pick<ManifestRoot, 'id' | 'level'>): Promise<Entry | undefined> {
    const name = toHex(id);
    if (this.#known.has(name)) return this.#known.get(name);
    const node = await this.#source.load(id);
    this.nodesRead++;
    const entry = level === 0 ? this.#inEntries(node) : await this.#inFences(node, level);
    this.#known.set(name, entry);
    return entry;
  }

  #inEntries(node: Uint8Array): Entry | undefined {
    for (const entry of decodeEntries(node)) {
      const order = compareBytes(entry.path, this.#path);
      if (order === 0) return ownEntry(entry);
      if (order > 0) return undefined;
    }
    return undefined;
  }

  async #inFences(node: Uint8Array, level: number): Promise<Entry | undefined> {
    const isBefore = ({ path }: Fence): boolean => compareBytes(path, this.#path) <= 0;
    const fence = decodeFences(node, level).findLast(isBefore);
    return fence && this.find({ id: fence.id, level: level - 1 });
  }
}
