/**
 * Turns a batch of the walk into tasks: large files are read apart, by several threads at once, small ones
 * together with the batch itself.
 * @module
 */
import { MiB } from '../../base/units.ts';
import { isSameVersion } from '../../files/read/file-version.ts';
import { displayPath, fromPathKey } from '../../files/path.ts';
import type { Entry } from '../../format/entry.ts';
import { decodeEntries } from '../../format/manifest-node.ts';
import type { FileProblem } from '../events.ts';
import { changedProblem, readProblem } from './compute/finish-batch.ts';
import { IdList } from './compute/id-list.ts';
import type { ComputePool } from './compute/compute-pool.ts';
import type {
  AttachedFile,
  BatchResult,
  RegionResult,
  RegionTask,
  WalkedBatch,
} from './messages.ts';

/** Files from here on are read apart from their batch. */
const LARGE_FILE_BYTES = 8 * MiB;
/** When the small files of a batch add up to more than this, those from `MEDIUM` on are read apart too. */
const BATCH_BYTES = 64 * MiB;
const MEDIUM_FILE_BYTES = MiB;
/** A large file is read in regions of this size, which several threads work on. */
export const REGION_BYTES = 64 * MiB;

/** @param onLargeFile told the path of each file that is read apart, for the display */
export async function scheduleBatch(
  pool: ComputePool,
  batch: WalkedBatch,
  onLargeFile: (path: string) => void,
): Promise<BatchResult> {
  const problems: FileProblem[] = [];
  const large = largeFiles(batch);
  for (const { entry } of large) onLargeFile(displayPath(entry.path));
  const attached = await Promise.all(
    large.map(({ entry, number }) => readLargeFile(pool, entry, number, problems)),
  );
  const { node, reads, changed } = batch;
  const result = await pool.run({ type: 'batch', node, reads, changed, attached });
  return { ...result, problems: [...problems, ...result.problems] };
}

interface LargeFile {
  readonly number: number;
  readonly entry: Entry;
}

function largeFiles(batch: WalkedBatch): LargeFile[] {
  const { node, reads, largestReadBytes, readBytes } = batch;
  if (largestReadBytes < LARGE_FILE_BYTES && readBytes <= BATCH_BYTES) return [];
  const wanted = new Set(reads);
  const files: LargeFile[] = [];
  let smallBytes = 0;
  let number = 0;
  for (const entry of decodeEntries(node)) {
    if (wanted.has(number)) {
      if (entry.size >= MEDIUM_FILE_BYTES) files.push({ number, entry });
      if (entry.size < LARGE_FILE_BYTES) smallBytes += entry.size;
    }
    number++;
  }
  const limit = smallBytes > BATCH_BYTES ? MEDIUM_FILE_BYTES : LARGE_FILE_BYTES;
  return files.filter(({ entry }) => entry.size >= limit);
}

async function readLargeFile(
  pool: ComputePool,
  entry: Entry,
  number: number,
  problems: FileProblem[],
): Promise<AttachedFile> {
  const path = displayPath(entry.path);
  const regions = await Promise.all(regionTasks(entry).map((task) => pool.run(task)));
  const failed = regions.find((region) => 'failed' in region);
  if (failed && 'failed' in failed) {
    problems.push(readProblem(path, failed.failed.reason, failed.failed.message));
    return { entry: number };
  }
  let read =
    regions.length === 1 ? (regions[0] as RegionResult) : joinRegions(regions as RegionResult[]);
  if (!read) {
    // It changed between one region and the next: only one pass from its start fits together.
    const again = await pool.run({ ...regionTask(entry), start: 0, end: Infinity });
    if ('failed' in again) {
      problems.push(readProblem(path, again.failed.reason, again.failed.message));
      return { entry: number };
    }
    read = { ...again, changed: true };
  }
  if (read.changed) problems.push(changedProblem(path));
  return { entry: number, ids: read.ids, version: read.version };
}

function regionTasks(entry: Entry): RegionTask[] {
  const tasks: RegionTask[] = [];
  for (let start = 0; start < entry.size; start += REGION_BYTES) {
    const isLast = start + REGION_BYTES >= entry.size;
    tasks.push({ ...regionTask(entry), start, end: isLast ? Infinity : start + REGION_BYTES });
  }
  return tasks;
}

function regionTask(entry: Entry): Omit<RegionTask, 'start' | 'end'> {
  const { device, inode, uid, size, sparse } = entry;
  const osPath = fromPathKey(entry.path);
  return { type: 'region', osPath, known: { device, inode, uid }, fileBytes: size, sparse };
}

/**
 * One list of chunks from those of the regions, or `undefined` where they do not meet: each region has to start
 * where the one before it ended, and all have to have seen the same file.
 */
export function joinRegions(regions: readonly RegionResult[]): RegionResult | undefined {
  const ids = new IdList();
  const [first] = regions;
  if (!first) return undefined;
  let end = 0;
  for (const region of regions) {
    if (!isSameVersion(region.version, first.version) || region.changed) return undefined;
    if (region.firstOffset < 0) continue;
    if (region.firstOffset !== end) return undefined;
    ids.addAll(region.ids);
    end = region.endOffset;
  }
  if (end !== first.version.size) return undefined;
  return { ...first, ids: ids.take(), firstOffset: 0, endOffset: end };
}
