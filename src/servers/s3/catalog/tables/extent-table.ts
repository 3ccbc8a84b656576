/**
 * Extents in the catalog: which files are named by something, the bytes of small ones, and what is to be unlinked.
 * @module
 */
import type { DatabaseSync } from 'node:sqlite';
import { assert } from '../../../../base/failure.ts';
import type { Extent } from '../../model/object-version.ts';
import type { InlineBytes } from '../catalog.ts';
import type { Garbage } from '../extent-index.ts';

export class ExtentTable {
  readonly #insertFile;
  readonly #deleteFile;
  readonly #selectFile;
  readonly #insertInline;
  readonly #deleteInline;
  readonly #selectInline;
  readonly #hasInline;
  readonly #insertGarbage;
  readonly #deleteGarbage;
  readonly #selectGarbage;
  readonly #hasGarbage;
  readonly #sparePages;
  readonly #pageBytes: number;
  /** Dropped since garbage aged last, and between then and the time before. */
  #fresh = new Set<string>();
  #young = new Set<string>();

  constructor(db: DatabaseSync) {
    this.#insertFile = db.prepare('INSERT INTO files VALUES (?) ON CONFLICT DO NOTHING');
    this.#deleteFile = db.prepare('DELETE FROM files WHERE id = ?');
    this.#selectFile = db.prepare('SELECT 1 FROM files WHERE id = ?');
    this.#insertInline = db.prepare('INSERT INTO inline VALUES (?, ?)');
    this.#deleteInline = db.prepare('DELETE FROM inline WHERE id = ?');
    this.#selectInline = db.prepare('SELECT bytes FROM inline WHERE id = ?');
    this.#hasInline = db.prepare('SELECT 1 FROM inline WHERE id = ?');
    this.#insertGarbage = db.prepare('INSERT INTO garbage VALUES (?, ?)');
    this.#deleteGarbage = db.prepare('DELETE FROM garbage WHERE id = ?');
    this.#selectGarbage = db.prepare(
      'SELECT lower(hex(id)) AS id, is_inline FROM garbage WHERE id > ? ORDER BY id LIMIT ?',
    );
    this.#hasGarbage = db.prepare('SELECT 1 FROM garbage WHERE id = ?');
    this.#sparePages = db.prepare('PRAGMA freelist_count');
    this.#pageBytes = Number(db.prepare('PRAGMA page_size').get()?.['page_size']);
  }

  /** Named by a version or a part from now on. Those of a completed upload are there already. */
  add(extents: readonly Extent[], inlineBytes: InlineBytes | undefined): void {
    for (const extent of extents) {
      const id = idBytes(extent.id);
      if (extent.isInline) this.#addInline(extent, id, inlineBytes?.get(extent.id));
      else {
        // It would be unlinked in a moment: better no object than one without its bytes.
        assert(this.#hasGarbage.get(id) === undefined, 'an extent that was dropped is named again');
        this.#insertFile.run(id);
      }
    }
  }

  #addInline(extent: Extent, id: Buffer, bytes: Buffer | undefined): void {
    if (bytes === undefined) {
      assert(this.#hasInline.get(id) !== undefined, 'a small extent came without its bytes');
      return;
    }
    assert(bytes.length === extent.storedBytes, 'a small extent came with other bytes');
    this.#insertInline.run(id, bytes);
  }

  /** Named by nothing from now on. */
  drop(extents: readonly Extent[]): void {
    for (const extent of extents) {
      const id = idBytes(extent.id);
      const isNamed = extent.isInline || this.#deleteFile.run(id).changes > 0;
      if (!isNamed) continue;
      this.#insertGarbage.run(id, extent.isInline ? 1 : 0);
      this.#fresh.add(extent.id);
    }
  }

  inlineBytes(id: string): Buffer | undefined {
    const bytes = this.#selectInline.get(idBytes(id))?.['bytes'];
    if (!(bytes instanceof Uint8Array)) return undefined;
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  namesFile(id: string): boolean {
    return this.#selectFile.get(idBytes(id)) !== undefined;
  }

  spareBytes(): number {
    return Number(this.#sparePages.get()?.['freelist_count']) * this.#pageBytes;
  }

  garbage(after: string, limit: number): Garbage[] {
    return this.#selectGarbage.all(idBytes(after), limit).map((row) => {
      return { id: String(row['id']), isInline: row['is_inline'] === 1 };
    });
  }

  isYoungGarbage(id: string): boolean {
    return this.#fresh.has(id) || this.#young.has(id);
  }

  letGarbageAge(): void {
    this.#young = this.#fresh;
    this.#fresh = new Set();
  }

  forgetGarbage(ids: readonly string[]): void {
    for (const id of ids) {
      const bytes = idBytes(id);
      this.#deleteGarbage.run(bytes);
      this.#deleteInline.run(bytes);
    }
  }
}

function idBytes(id: string): Buffer {
  return Buffer.from(id, 'hex');
}
