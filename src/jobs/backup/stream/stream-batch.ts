/**
 * Backs up a stream as one file.
 * @module
 */
import { utf8Bytes } from '../../../base/bytes.ts';
import { AppError } from '../../../base/failure.ts';
import { MiB } from '../../../base/units.ts';
import { displayPath } from '../../../files/path.ts';
import type { Entry } from '../../../format/entry.ts';
import { EntryType } from '../../../format/entry.ts';
import { emptyEntry } from '../../../format/entry-row.ts';
import type { Fence } from '../../../format/manifest-node.ts';
import { NodeWriter } from '../../../format/manifest-node.ts';
import type { SnapshotTotals } from '../../../format/snapshot.ts';
import type { Clock } from '../../../base/ports.ts';
import type { ComputePool } from '../compute/compute-pool.ts';
import type { StreamSource } from '../options.ts';
import { PipeWriter, createPipe } from './stream-pipe.ts';
import { entriesIn } from '../totals.ts';

const PIPE_BYTES = 4 * MiB;

/** The path key of a stream's file: its name's folders, from the top. */
export function streamPath(name: string): Uint8Array {
  const parts = name.split('/').filter((part) => part !== '');
  const isOdd = parts.length === 0 || parts.some((part) => part === '.' || part === '..');
  if (isOdd || name.includes('\0')) {
    throw new AppError('usage', `'${displayPath(utf8Bytes(name))}' is no name for a file`, {
      hint: 'give a name such as dump.sql with --stdin-name',
    });
  }
  return utf8Bytes(parts.join('\0'));
}

export async function streamBatch(
  pool: ComputePool,
  source: StreamSource,
  { vault, options }: { vault: { clock: Clock }; options: { user: string } },
): Promise<{ fence: Fence; totals: SnapshotTotals }> {
  const pipe = createPipe(PIPE_BYTES);
  const saved = pool.run({ type: 'stream', pipe });
  const writer = new PipeWriter(pipe);
  await Promise.race([feed(writer, source), saved.then(() => undefined)]);
  const { ids, bytes } = await saved;
  const now = vault.clock();
  const mtime = { mtimeSec: Math.floor(now / 1000), mtimeNs: (now % 1000) * 1_000_000 };
  const version = { size: bytes, ...mtime, ctimeSec: mtime.mtimeSec, ctimeNs: mtime.mtimeNs };
  const path = streamPath(source.name);
  const node = new NodeWriter(0);
  for (const folder of foldersOf(path)) node.addEntry({ ...folder, ...mtime, user: options.user });
  const number = node.count;
  const file: Entry = { ...emptyEntry(path, EntryType.file), mode: 0o600, user: options.user };
  node.addEntry({ ...file, ...version });
  const reads = Uint32Array.of(number);
  const attached = [{ entry: number, ids, version }];
  const changed = new Uint32Array(0);
  const result = await pool.run({ type: 'batch', node: node.take(), reads, changed, attached });
  if (!result.node) throw new Error('a stream becomes one entry');
  const { summary, id } = result.node;
  const entries = entriesIn(summary.totals);
  return { fence: { path: summary.path, id, entries, bytes }, totals: summary.totals };
}

async function feed(writer: PipeWriter, source: StreamSource): Promise<void> {
  for await (const bytes of source.stream) await writer.write(bytes);
  await source.finished;
  writer.close();
}

function foldersOf(path: Uint8Array): Entry[] {
  const folders: Entry[] = [];
  for (let at = path.indexOf(0); at >= 0; at = path.indexOf(0, at + 1)) {
    folders.push({ ...emptyEntry(path.slice(0, at), EntryType.directory), mode: 0o700 });
  }
  return folders;
}
