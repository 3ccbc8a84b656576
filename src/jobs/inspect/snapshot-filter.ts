/**
 * Which snapshots are meant: by host, user, tags and paths.
 * @module
 */
import { utf8Bytes } from '../../base/bytes.ts';
import { isInside, nativePathStyle, toPathKey } from '../../files/path.ts';
import type { PathKey } from '../../format/entry.ts';
import type { Snapshot } from '../../format/snapshot.ts';

/** A snapshot fits where every field that is given does. */
export interface SnapshotFilter {
  /** It is of one of these hosts. */
  readonly hosts?: readonly string[];
  /** It was made by one of these users. */
  readonly users?: readonly string[];
  /** It has all of these tags. */
  readonly tags?: readonly string[];
  /** It covers all of these: each is one of its roots, or lies inside one. Absolute paths. */
  readonly paths?: readonly string[];
}

/** @throws AppError `usage` for a path that is not absolute */
export function snapshotMatcher(filter: SnapshotFilter): (snapshot: Snapshot) => boolean {
  const { hosts, users, tags = [], paths = [] } = filter;
  const keys = paths.map(keyOfText);
  return (snapshot) =>
    (hosts === undefined || hosts.includes(snapshot.host)) &&
    (users === undefined || users.includes(snapshot.user)) &&
    tags.every((tag) => snapshot.tags.includes(tag)) &&
    keys.every((key) => snapshot.roots.some((root) => isInside(key, root)));
}

/** A path with a leading slash may be one of another machine, whatever this one's style is. */
function keyOfText(path: string): PathKey {
  const style = /^\/(?!\/)/.test(path) ? 'posix' : nativePathStyle;
  return toPathKey(utf8Bytes(path), style);
}
