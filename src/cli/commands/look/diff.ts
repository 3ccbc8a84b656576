/**
 * `cybs3 diff <snapshot> <snapshot> [path]`
 * @module
 */
import { Option, type Command } from 'commander';
import type { CondemnedPacks } from '../../../vault/index/load-index.ts';
import type { CommandContext, CommandHost } from '../../command.ts';
import { SNAPSHOT_ARGUMENT_HELP } from '../../options/snapshot-argument.ts';
import { addCacheOptions, addVaultOptions, type WordsFlags } from '../../options/vault-options.ts';
import { pathArgument } from './path-argument.ts';

interface DiffFlags extends WordsFlags {
  readonly metadata?: boolean;
}

const NOTES = `
Each line starts with what happened:
  +  added    -  removed    M  content changed    T  another kind of thing
  U  metadata changed (with --metadata)
  M? content changed, but neither size nor times: maybe damage on the disk

Examples:
  cybs3 diff latest~1 latest
  cybs3 diff 4f2a latest /home/me/Documents`;

export function addDiff(parent: Command, host: CommandHost): void {
  const command = parent
    .command('diff')
    .argument('<before>', SNAPSHOT_ARGUMENT_HELP)
    .argument('<after>', 'another snapshot')
    .argument('[path]', 'only this path and what is under it')
    .summary('compare two snapshots')
    .description('Show what was added, removed and changed. Only what differs is fetched.');
  const option = new Option(
    '--metadata',
    'also where only mode, owner, times or attributes differ',
  );
  command.addOption(option.helpGroup('How:'));
  addVaultOptions(command);
  addCacheOptions(command);
  command.addHelpText('after', NOTES).action(host.action<DiffFlags>(runDiff));
}

async function runDiff(
  context: CommandContext<DiffFlags>,
  before = '',
  after = '',
  path?: string,
): Promise<void> {
  const { flags, io, signal } = context;
  const { openNamedVault } = await import('../../compose.ts');
  const loadJob = () => import('../../../jobs/diff/diff.ts');
  await using vault = await openNamedVault(context, { writes: false, meanwhile: loadJob });
  const { diff } = await loadJob();
  const { resolveSnapshot, resolveSnapshotAnd } = await import('../../../jobs/snapshots.ts');
  const { loadReadableIndex } = await import('../../../jobs/inspect/open-snapshot.ts');
  const { runLook } = await import('./run-look.ts');
  const { diffView } = await import('./diff-view.ts');
  const first = await resolveSnapshot(vault, before, signal);
  const load = (condemned: CondemnedPacks) => loadReadableIndex(vault, signal, condemned);
  const [second, index] = await resolveSnapshotAnd(vault, after, load, signal);
  const events = diff(vault, {
    before: first,
    after: second,
    path: path === undefined ? undefined : pathArgument(path, io.cwd),
    metadata: flags.metadata ?? false,
    index,
    signal,
  });
  await runLook(events, context, diffView);
}
