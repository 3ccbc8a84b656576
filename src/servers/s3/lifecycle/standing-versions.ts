/**
 * The versions of a bucket, each with where it stands among those of its key.
 * @module
 */
import type { Catalog, VersionRange } from '../catalog/catalog.ts';
import type { ObjectVersion } from '../model/object-version.ts';
import type { Standing } from './due-step.ts';

export interface StandingVersion {
  readonly version: ObjectVersion;
  readonly standing: Standing;
}

/** Page by page, each read when it is asked for. What it has yielded may be gone by then. */
export function* standingVersions(
  catalog: Catalog,
  bucket: string,
  prefix: string,
  pageVersions: number,
): Generator<readonly StandingVersion[]> {
  let range: VersionRange = { prefix };
  let newer: ObjectVersion | undefined;
  let newerNoncurrent = 0;
  for (;;) {
    const page = catalog.listVersions(bucket, range, pageVersions);
    const last = page.at(-1);
    if (last === undefined) return;
    const standing: StandingVersion[] = [];
    for (const version of page) {
      const isSameKey = newer?.key === version.key;
      // Where the version that a page ended with is gone, its key may be listed once more from the top.
      if (isSameKey && newer !== undefined && version.sequence >= newer.sequence) continue;
      if (!isSameKey) newerNoncurrent = 0;
      if (version.isLatest || !isSameKey || newer === undefined) {
        // The newest of a key is its latest, or became noncurrent meanwhile: the next pass sees to it then.
        if (version.isLatest) standing.push({ version, standing: { isLatest: true } });
      } else {
        const sinceMs = newer.modifiedMs;
        standing.push({ version, standing: { isLatest: false, sinceMs, newerNoncurrent } });
        newerNoncurrent++;
      }
      newer = version;
    }
    yield standing;
    range = { prefix, after: last.key, afterVersionId: last.versionId };
  }
}
