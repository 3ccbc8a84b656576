/**
 * Everything that has bytes: versions of objects, and parts of uploads under way.
 * @module
 */
import type { SqliteCatalog } from '../catalog/sqlite-catalog.ts';
import type { EncryptionRecord, Extent, ObjectVersion } from '../model/object-version.ts';
import type { Upload } from '../model/upload.ts';
import { S3Error } from '../protocol/s3-error.ts';

export interface ScrubTarget {
  readonly name: {
    readonly bucket: string;
    readonly key: string;
    readonly versionId: string;
    readonly uploadId?: string;
    readonly partNumber?: number;
  };
  readonly encryption: EncryptionRecord;
  readonly extents: readonly Extent[];
  readonly sizeBytes: number;
  isStillThere(): boolean;
}

/** A page at a time: nothing is kept open in the catalog in between. */
const PAGE = 200;

export function* scrubTargets(catalog: SqliteCatalog): Generator<ScrubTarget> {
  for (const { name } of catalog.buckets()) {
    yield* versionTargets(catalog, name);
    yield* uploadTargets(catalog, name);
  }
}

function* versionTargets(catalog: SqliteCatalog, bucket: string): Generator<ScrubTarget> {
  let page = catalog.listVersions(bucket, { prefix: '' }, PAGE);
  for (;;) {
    for (const version of page) {
      const target = version.isDeleteMarker ? undefined : versionTarget(catalog, version);
      if (target !== undefined) yield target;
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    const after = { prefix: '', after: last.key, afterVersionId: last.versionId };
    page = catalog.listVersions(bucket, after, PAGE);
  }
}

/** @returns undefined where it was deleted since it was listed */
function versionTarget(catalog: SqliteCatalog, version: ObjectVersion): ScrubTarget | undefined {
  const { bucket, key, versionId, sequence, encryption, sizeBytes } = version;
  const extents = extentsOf(version);
  if (extents === undefined) return undefined;
  return {
    name: { bucket, key, versionId },
    encryption,
    extents,
    sizeBytes,
    isStillThere: () => catalog.version(bucket, key, versionId)?.sequence === sequence,
  };
}

/** None where the catalog has lost them: the object is then too short. */
function extentsOf(version: ObjectVersion): readonly Extent[] | undefined {
  try {
    return version.extents;
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    return error.code === 'NoSuchVersion' ? undefined : [];
  }
}

function* uploadTargets(catalog: SqliteCatalog, bucket: string): Generator<ScrubTarget> {
  let page = catalog.listUploads(bucket, { prefix: '' }, PAGE);
  for (;;) {
    for (const upload of page) yield* partTargets(catalog, upload);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    const after = { prefix: '', after: last.key, afterUploadId: last.id };
    page = catalog.listUploads(bucket, after, PAGE);
  }
}

function* partTargets(catalog: SqliteCatalog, upload: Upload): Generator<ScrubTarget> {
  const { id, bucket, key, encryption } = upload;
  let page = catalog.listParts(id, 0, PAGE);
  while (page.length > 0) {
    for (const { number, extent, sizeBytes } of page) {
      yield {
        name: { bucket, key, versionId: '', uploadId: id, partNumber: number },
        encryption,
        extents: [extent],
        sizeBytes,
        isStillThere: () => catalog.listParts(id, number - 1, 1)[0]?.extent.id === extent.id,
      };
    }
    page = catalog.listParts(id, page.at(-1)?.number ?? 0, PAGE);
  }
}
