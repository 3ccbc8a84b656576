/**
 * A rule of a bucket's lifecycle, and what it is about.
 * @module
 */

export interface LifecycleRule {
  /** At most 255 characters; no two rules of a bucket have the same. */
  readonly id: string;
  readonly isEnabled: boolean;
  readonly filter: LifecycleFilter;
  readonly expiration: Expiration | undefined;
  readonly noncurrent: NoncurrentExpiration | undefined;
  /** Uploads in parts that were begun so many days ago are aborted. */
  readonly abortUploadDays: number | undefined;
}

/** All of it must fit. */
export interface LifecycleFilter {
  readonly prefix: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly sizeAboveBytes: number | undefined;
  readonly sizeBelowBytes: number | undefined;
}

/** Of the current version. */
export type Expiration =
  | { readonly kind: 'days'; readonly days: number }
  | { readonly kind: 'date'; readonly dateMs: number }
  /** Of delete markers that have nothing under them. */
  | { readonly kind: 'expired-marker' };

export interface NoncurrentExpiration {
  /** Since a newer version came. */
  readonly days: number;
  /** So many of the newest noncurrent ones stay, however old. */
  readonly keptVersions: number;
}

export interface FilteredThing {
  readonly key: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly sizeBytes: number;
  readonly isDeleteMarker: boolean;
}

/** Delete markers have no tags and no size: a rule that asks for those is not about them. */
export function isAbout({ filter }: LifecycleRule, thing: FilteredThing): boolean {
  const { prefix, sizeAboveBytes, sizeBelowBytes } = filter;
  const tags = Object.entries(filter.tags);
  const asksForMore =
    tags.length > 0 || sizeAboveBytes !== undefined || sizeBelowBytes !== undefined;
  return (
    thing.key.startsWith(prefix) &&
    !(thing.isDeleteMarker && asksForMore) &&
    thing.sizeBytes > (sizeAboveBytes ?? -1) &&
    thing.sizeBytes < (sizeBelowBytes ?? Infinity) &&
    tags.every(([key, value]) => Object.hasOwn(thing.tags, key) && thing.tags[key] === value)
  );
}
