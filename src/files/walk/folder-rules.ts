/**
 * What a folder's own files say about its contents: markers and ignore files.
 * @module
 */
import { messageOf } from '../../base/failure.ts';
import { appendName, folderKey, type FolderPlace } from './folder-frame.ts';
import { CACHE_TAG_NAME, isCacheTag } from './folder-marker.ts';
import { IgnoreRules, readIgnoreFile } from './ignore-rules.ts';
import type { Exclusion, ScanProblem, WalkOptions } from './walk-item.ts';

export interface FolderRules {
  /**
   * Set where a marker says that the contents are not wanted: the marker's name, which alone is
   * kept.
   */
  readonly marked?: { readonly name: string; readonly why: Exclusion } | undefined;
  readonly ignoreRules: IgnoreRules | undefined;
  /** Ignore files that could not be read. */
  readonly problems: readonly ScanProblem[];
}

/** Reads the rules of a folder with these `names` (latin1). */
export function readFolderRules(
  place: FolderPlace,
  names: readonly string[],
  options: WalkOptions,
  inherited: IgnoreRules | undefined,
): FolderRules {
  const marked = findMarker(place, names, options);
  if (marked) return { marked, ignoreRules: undefined, problems: [] };
  let ignoreRules = inherited;
  const problems: ScanProblem[] = [];
  for (const file of options.ignoreFiles ?? []) {
    const name = latin1Name(file);
    if (!names.includes(name)) continue;
    try {
      const text = readIgnoreFile(appendName(place.accessPrefix, name));
      ignoreRules = IgnoreRules.extend(ignoreRules, folderKey(place), text);
    } catch (error) {
      const path = appendName(place.keyPrefix, name);
      const message = `its rules were not applied: ${messageOf(error)}`;
      problems.push({ severity: 'warning', path, reason: 'unreadable', message });
    }
  }
  return { ignoreRules, problems };
}

function findMarker(
  place: FolderPlace,
  names: readonly string[],
  options: WalkOptions,
): FolderRules['marked'] {
  if (options.excludeCaches === true && names.includes(CACHE_TAG_NAME)) {
    const isTag = isCacheTag(appendName(place.accessPrefix, CACHE_TAG_NAME));
    if (isTag) return { name: CACHE_TAG_NAME, why: 'cache' };
  }
  for (const marker of options.excludeIfPresent ?? []) {
    const name = latin1Name(marker);
    if (names.includes(name)) return { name, why: 'marker' };
  }
  return undefined;
}

/** The bytes of a name as latin1, as a walk holds names. */
function latin1Name(name: string): string {
  return Buffer.from(name).toString('latin1');
}
