/**
 * Whether two backups saw the same tree: compared by the ids of their manifests' nodes, from the first root on.
 * The folders above the roots change with whatever else happens on the machine, and do not count.
 * @module
 */
import { createHash } from 'node:crypto';
import { compareBytes } from '../../base/bytes.ts';
import type { PathKey } from '../../format/entry.ts';
import type { ManifestReader } from '../../vault/manifest/manifest-reader.ts';

export class TreeDigest {
  readonly #firstRoot: PathKey;
  readonly #hash = createHash('sha256');

  constructor(firstRoot: PathKey) {
    this.#firstRoot = firstRoot;
  }

  /** Takes the next node, in path order. @param path its first path */
  add(path: PathKey, id: Uint8Array): void {
    if (compareBytes(path, this.#firstRoot) >= 0) this.#hash.update(id);
  }

  hex(): string {
    return this.#hash.digest('hex');
  }
}

/** The digest of a manifest that is stored already. */
export async function treeDigestOf(reader: ManifestReader, firstRoot: PathKey): Promise<string> {
  const digest = new TreeDigest(firstRoot);
  for await (const { path, id } of reader.leavesFrom(firstRoot)) digest.add(path, id);
  return digest.hex();
}
