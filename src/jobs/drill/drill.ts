/**
 * Rehearses a restore: brings a random sample of files back into an empty folder and compares them with what the
 * manifest says, and with the disk where they still are. The job as an async generator of events, the last of which is
 * the summary.
 * @module
 */
import { createHash } from 'node:crypto';
import { MiB } from '../../base/units.ts';
import { displayPath } from '../../files/path.ts';
import type { Entry } from '../../format/entry.ts';
import { ChunkLoader } from '../../vault/chunk-loader.ts';
import type { VaultIndex } from '../../vault/index/load-index.ts';
import { loadIndex } from '../../vault/index/load-index.ts';
import { ManifestReader } from '../../vault/manifest/manifest-reader.ts';
import type { Vault } from '../../vault/vault.ts';
import { restore } from '../restore/restore.ts';
import { compareWithDisk, hashFile, restoredPath } from './compare-file.ts';
import type { DrawnFile, Sample } from './draw-sample.ts';
import { drawSample } from './draw-sample.ts';
import type { DrillEvent, DrillSummary, DrilledFileReport } from './events.ts';
import type { DrillOptions } from './options.ts';
import { SAMPLE_BYTES_DEFAULT, SAMPLE_FILES_DEFAULT } from './options.ts';
import { sampleSelector } from './sample-selector.ts';

const NODE_CACHE_BYTES = 16 * MiB;
/** What counts as changed last where there is no snapshot before. */
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * What is wrong with files are problems, not failures.
 * @throws AppError `store/…`, `interrupted`, `files/write` where the target cannot be used; `object/…` and
 *   `format/…` where the index is damaged
 */
export async function* drill(vault: Vault, options: DrillOptions): AsyncGenerator<DrillEvent> {
  const startedMs = vault.clock();
  const { snapshot, signal } = options;
  const index = await loadIndex(vault, { signal, isForLookups: true });
  const problems: DrillEvent[] = [];
  const { drawn, filesSeen } = await draw(vault, index, options, problems);
  yield* problems;
  let bytesFetched = 0;
  const failed = new Set<string>();
  if (drawn.length > 0) {
    for await (const event of restoreSample(vault, index, options, drawn)) {
      if (event.type === 'summary') ({ bytesFetched } = event);
      else if (event.type !== 'path') yield event;
      if (event.type === 'problem' && event.severity === 'error') failed.add(event.path);
    }
  }
  const tally = new Tally();
  for (const file of drawn) {
    if (failed.has(displayPath(file.path))) continue;
    const report = await reportOf(file, options);
    if (!report) continue;
    tally.add(report);
    if (report.onDisk === 'differs') yield differsOnDisk(report.path);
    yield report;
  }
  const { host: snapshotHost, timeMs: snapshotTimeMs } = snapshot.snapshot;
  yield {
    type: 'summary',
    snapshotId: snapshot.id,
    snapshotHost,
    snapshotTimeMs,
    filesInSnapshot: filesSeen,
    filesDrawn: drawn.length,
    ...tally.counts(),
    filesFailed: drawn.length - tally.filesRestored + problems.length,
    bytesFetched,
    durationMs: vault.clock() - startedMs,
  };
}

/** @param problems what is lost of the list of files goes there */
async function draw(
  vault: Vault,
  index: VaultIndex,
  options: DrillOptions,
  problems: DrillEvent[],
): Promise<Sample> {
  const { snapshot, previous, signal } = options;
  const { files = SAMPLE_FILES_DEFAULT, bytes = SAMPLE_BYTES_DEFAULT } = options;
  const loader = new ChunkLoader(vault, index, { cacheBytes: NODE_CACHE_BYTES, signal });
  const reader = new ManifestReader(loader, snapshot.snapshot.manifest);
  reader.onDamage = (error, from) => {
    const message = `the list of files is damaged here: ${error.message}`;
    const path = displayPath(from);
    problems.push({ type: 'problem', severity: 'error', reason: 'damaged', path, message });
  };
  const before = previous?.snapshot.timeMs ?? snapshot.snapshot.timeMs - WEEK_MS;
  const limits = { files, bytes, changedAfterMs: before };
  return drawSample(interruptible(reader.entries(), signal), limits, vault.random);
}

async function* interruptible(entries: AsyncIterable<Entry>, signal: AbortSignal | undefined) {
  for await (const entry of entries) {
    signal?.throwIfAborted();
    yield entry;
  }
}

function restoreSample(
  vault: Vault,
  index: VaultIndex,
  { snapshot, target, threads, signal }: DrillOptions,
  drawn: readonly DrawnFile[],
) {
  return restore(vault, {
    snapshot,
    index,
    target,
    select: sampleSelector(drawn.map(({ path }) => path)),
    // Every file is read once more and its chunks' ids are compared with the manifest's.
    verify: true,
    owner: false,
    signal,
    ...(threads !== undefined && { threads }),
  });
}

/** Undefined where the file was not restored: a problem has said why. */
async function reportOf(
  file: DrawnFile,
  { snapshot, target, host, signal }: DrillOptions,
): Promise<DrilledFileReport | undefined> {
  const sha256 = await hashFile(restoredPath(target, file.path), signal);
  if (sha256 === undefined) return undefined;
  const isOurs = snapshot.snapshot.host === host;
  const onDisk = isOurs ? await compareWithDisk(file, sha256, signal) : 'elsewhere';
  const { path, size: sizeBytes } = file;
  return { type: 'file', path: displayPath(path), sizeBytes, sha256, onDisk };
}

function differsOnDisk(path: string): DrillEvent {
  const message =
    'what was restored is not what is on this disk, and nobody touched that file since the ' +
    'backup: either the disk or the backup is wrong';
  return { type: 'problem', severity: 'error', path, reason: 'damaged', message };
}

type Counts = Pick<
  DrillSummary,
  'filesRestored' | 'bytesRestored' | 'filesSameOnDisk' | 'filesDifferOnDisk' | 'digest'
>;

class Tally {
  filesRestored = 0;
  #bytes = 0;
  #same = 0;
  #differ = 0;
  readonly #list = createHash('sha256');

  add({ path, sizeBytes, sha256, onDisk }: DrilledFileReport): void {
    this.filesRestored++;
    this.#bytes += sizeBytes;
    if (onDisk === 'same') this.#same++;
    if (onDisk === 'differs') this.#differ++;
    this.#list.update(`${sha256}  ${sizeBytes}  ${path}\n`);
  }

  counts(): Counts {
    return {
      filesRestored: this.filesRestored,
      bytesRestored: this.#bytes,
      filesSameOnDisk: this.#same,
      filesDifferOnDisk: this.#differ,
      digest: this.#list.copy().digest('hex'),
    };
  }
}
