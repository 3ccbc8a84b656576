/**
 * A real store of extents over a real catalog, in a folder of its own.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Extent } from '../../../../src/servers/s3/model/object-version.ts';
import { openExtentStore } from '../../../../src/servers/s3/storage/open-extent-store.ts';
import type {
  ExtentStoreOptions,
  FileExtentStore,
} from '../../../../src/servers/s3/storage/open-extent-store.ts';
import { bucketOf, catalogIn, freshFolder, versionOf } from '../catalog/catalog-fixture.ts';
import type { TestCatalog } from '../catalog/catalog-fixture.ts';

export class TestStore {
  readonly folder: string;
  readonly catalog: TestCatalog;
  readonly extents: FileExtentStore;
  readonly dataKey = randomBytes(32);

  private constructor(folder: string, catalog: TestCatalog, extents: FileExtentStore) {
    this.folder = folder;
    this.catalog = catalog;
    this.extents = extents;
  }

  static async fresh(parent: string, options: Partial<ExtentStoreOptions> = {}) {
    const store = await TestStore.in(freshFolder(parent), options);
    await store.catalog.write(() => store.catalog.insertBucket(bucketOf()));
    return store;
  }

  static async in(folder: string, options: Partial<ExtentStoreOptions> = {}): Promise<TestStore> {
    const index = catalogIn(folder);
    const extents = await openExtentStore({ folder, index, random: randomBytes, ...options });
    onTestFinished(() => extents.close());
    return new TestStore(folder, index, extents);
  }

  async write(data: Buffer, pieceBytes = 50_000): Promise<{ extent: Extent; inline?: Buffer }> {
    const { extent, inline } = await this.extents.write(this.dataKey, pieces(data, pieceBytes));
    return { extent, ...(inline && { inline }) };
  }

  /** As an object of the bucket `b`. */
  async put(key: string, data: Buffer): Promise<Extent> {
    const { extent, inline } = await this.write(data);
    const version = versionOf({ key, sizeBytes: data.length, extents: [extent] });
    const bytes = inline && new Map([[extent.id, inline]]);
    await this.catalog.write(() => this.catalog.insertVersion(version, bytes));
    return extent;
  }

  async remove(key: string): Promise<void> {
    const version = this.catalog.latest('b', key);
    if (version) await this.catalog.write(() => this.catalog.removeVersion(version));
  }

  async read(extent: Extent, range?: { start: number; end: number }): Promise<Buffer> {
    const got: Buffer[] = [];
    for await (const piece of this.extents.read(extent, this.dataKey, range)) got.push(piece);
    return Buffer.concat(got);
  }

  fileOf(extent: Extent): string {
    return join(this.folder, 'data', extent.id.slice(-2), extent.id);
  }

  /** Names of all files of extents. */
  files(): string[] {
    const all = readdirSync(join(this.folder, 'data'), { recursive: true, withFileTypes: true });
    return all.filter((entry) => entry.isFile()).map(({ name }) => name);
  }
}

export async function* pieces(data: Buffer, pieceBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < data.length; at += pieceBytes)
    yield Buffer.from(data.subarray(at, at + pieceBytes));
}
