/**
 * Snapshots that belong together: of one host, of the same paths, with the same tags.
 * @module
 */
import { compareBytes, toHex } from '../../../base/bytes.ts';
import { displayPath } from '../../../files/path.ts';
import type { GroupField } from '../../../format/documents/retention.ts';
import type { Snapshot } from '../../../format/snapshot.ts';

/** What the snapshots of a group have in common; what they are not grouped by is left out. */
export interface GroupKey {
  readonly host?: string;
  /** As people read them. */
  readonly paths?: readonly string[];
  readonly tags?: readonly string[];
}

export interface Group<T> {
  readonly key: GroupKey;
  /** In the order they came in. */
  readonly members: readonly T[];
}

/** In the order of hosts, paths and tags. */
export function groupSnapshots<T extends { readonly snapshot: Snapshot }>(
  snapshots: readonly T[],
  by: readonly GroupField[],
): Group<T>[] {
  const groups = new Map<string, { key: GroupKey; members: T[] }>();
  for (const one of snapshots) {
    const name = nameOf(one.snapshot, by);
    const group = groups.get(name) ?? { key: keyOf(one.snapshot, by), members: [] };
    group.members.push(one);
    groups.set(name, group);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

function nameOf({ host, roots, tags }: Snapshot, by: readonly GroupField[]): string {
  return JSON.stringify([
    by.includes('host') ? host : '',
    by.includes('paths') ? [...new Set(roots.map(toHex))].sort() : [],
    by.includes('tags') ? [...new Set(tags)].sort() : [],
  ]);
}

function keyOf({ host, roots, tags }: Snapshot, by: readonly GroupField[]): GroupKey {
  return {
    ...(by.includes('host') && { host }),
    ...(by.includes('paths') && { paths: [...roots].sort(compareBytes).map(displayPath) }),
    ...(by.includes('tags') && { tags: [...new Set(tags)].sort() }),
  };
}

/** `host web, paths /etc /home`. */
export function groupText({ host, paths, tags }: GroupKey): string {
  const parts = [
    host === undefined ? '' : `host ${host}`,
    paths === undefined ? '' : `paths ${paths.join(' ')}`,
    tags === undefined ? '' : tags.length === 0 ? 'no tags' : `tags ${tags.join(',')}`,
  ];
  return parts.filter((part) => part !== '').join(', ') || 'all snapshots';
}
