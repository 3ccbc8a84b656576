/**
 * `cybs3 snapshots`
 * @module
 */
import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { formatBytes } from '../../base/units.ts';
import { displayPath } from '../../files/path.ts';
import type { DamagedSnapshot, SavedSnapshot } from '../../vault/snapshots.ts';
import type { CommandContext, CommandHost } from '../command.ts';
import { ExitCode } from '../explain.ts';
import { addCacheOptions, addVaultOptions, type WordsFlags } from '../options/vault-options.ts';
import { collect, collectList, count } from '../options/parse.ts';
import { table } from '../render/table.ts';
import { counted, grouped, localTime, shortId } from '../render/words.ts';

interface SnapshotsFlags extends WordsFlags {
  readonly host?: string[];
  readonly tag?: string[];
  readonly path?: string[];
  readonly latest?: number;
  readonly forgotten?: boolean;
}

export function addSnapshots(parent: Command, host: CommandHost): void {
  const command = parent
    .command('snapshots')
    .summary('list the snapshots')
    .description('List the snapshots in the vault, oldest first.');
  const option = (flags: string, help: string): Option =>
    new Option(flags, help).helpGroup('Which:');
  command
    .addOption(option('--host <name>', 'only of this host (repeatable)').argParser(collect))
    .addOption(option('--tag <tag>', 'only with this tag (repeatable)').argParser(collectList))
    .addOption(option('--path <path>', 'only of this path (repeatable)').argParser(collect))
    .addOption(option('--latest <n>', 'only the newest so many').argParser(count))
    .addOption(option('--forgotten', 'those that were forgotten and can be had back'));
  addVaultOptions(command);
  addCacheOptions(command);
  command.action(host.action<SnapshotsFlags>(snapshots));
}

async function snapshots(context: CommandContext<SnapshotsFlags>): Promise<ExitCode> {
  const { out, signal } = context;
  const { openNamedVault } = await import('../compose.ts');
  const { listSnapshots } = await import('../../jobs/snapshots.ts');
  await using vault = await openNamedVault(context, { writes: false, readsIndex: false });
  if (context.flags.forgotten) {
    const { showForgotten } = await import('./keep/forgotten.ts');
    return await showForgotten(vault, context, filterOf(context), asJson);
  }
  const damaged: DamagedSnapshot[] = [];
  const onDamaged = (one: DamagedSnapshot): void => void damaged.push(one);
  const found = await listSnapshots(vault, { ...filterOf(context), signal, onDamaged });
  if (out.json) {
    await out.document('snapshots', {
      snapshots: found.map(asJson),
      damaged: damaged.map(({ id, error }) => ({ id, code: error.code, message: error.message })),
    });
  } else if (found.length > 0) {
    await out.result(snapshotTable(found));
    out.note(counted(found.length, 'snapshot'));
  } else out.note('no snapshots');
  for (const { id, error } of damaged) out.warn(`snapshot ${id} is damaged: ${error.message}`);
  return damaged.length > 0 ? ExitCode.damaged : ExitCode.done;
}

function filterOf({ flags, io }: CommandContext<SnapshotsFlags>) {
  const { host: hosts, tag: tags, path: paths, latest } = flags;
  return {
    ...(hosts && { hosts }),
    ...(tags && { tags }),
    ...(paths && { paths: paths.map((path) => (path[0] === '/' ? path : resolve(io.cwd, path))) }),
    ...(latest !== undefined && { latest }),
  };
}

function asJson({ id, snapshot }: SavedSnapshot): object {
  const { timeMs, host, user, roots, tags, totals, parent, complete, program } = snapshot;
  return {
    id,
    time: new Date(timeMs).toISOString(),
    host,
    user,
    paths: roots.map(displayPath),
    tags,
    ...totals,
    ...(parent !== undefined && { parent }),
    complete,
    program,
  };
}

function snapshotTable(found: readonly SavedSnapshot[]): string {
  const columns = [
    { title: 'id' },
    { title: 'time' },
    { title: 'host' },
    { title: 'tags' },
    { title: 'files', align: 'right' },
    { title: 'size', align: 'right' },
    { title: 'paths' },
  ] as const;
  const rows = found.map(({ id, snapshot }) => [
    shortId(id) + (snapshot.complete ? '' : ' (in part)'),
    localTime(snapshot.timeMs),
    snapshot.host,
    snapshot.tags.join(','),
    grouped(snapshot.totals.files),
    formatBytes(snapshot.totals.bytes),
    snapshot.roots.map(displayPath).join(' '),
  ]);
  return table(columns, rows);
}
