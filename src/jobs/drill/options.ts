/**
 * What a drill can be told.
 * @module
 */
import { MiB } from '../../base/units.ts';
import type { SavedSnapshot } from '../../vault/snapshots.ts';

export const SAMPLE_FILES_DEFAULT = 20;
export const SAMPLE_BYTES_DEFAULT = 200 * MiB;

export interface DrillOptions {
  readonly snapshot: SavedSnapshot;
  /** Changes since this one come first, if it is known. */
  readonly previous?: SavedSnapshot | undefined;
  /** At most so many files … */
  readonly files?: number;
  /** … of so many bytes together; one file is restored in any case. */
  readonly bytes?: number;
  /** An empty folder of the caller's, who removes it. */
  readonly target: string;
  /** This machine's name, where the files of the snapshot may be on its disk. */
  readonly host: string;
  /** Worker threads; see restore. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
}
