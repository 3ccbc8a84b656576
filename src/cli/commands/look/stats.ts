/**
 * `cybs3 stats [snapshot…]`
 * @module
 */
import { Option, type Command } from 'commander';
import type { StatsSummary } from '../../../jobs/stats/events.ts';
import type { CommandContext, CommandHost } from '../../command.ts';
import { ExitCode } from '../../explain.ts';
import { SNAPSHOT_ARGUMENT_HELP } from '../../options/snapshot-argument.ts';
import { addCacheOptions, addVaultOptions, type WordsFlags } from '../../options/vault-options.ts';
import { namedSnapshots, whichSnapshots } from './which-snapshots.ts';

interface StatsFlags extends WordsFlags {
  readonly growth?: boolean;
}

const NOTES = `
Sizes: restored is what all files would take if each snapshot were restored;
deduplicated counts each chunk once; stored is that, compressed, as it lies in packs.
Without snapshots the whole vault is measured: also what no snapshot needs, and what
packs hold besides chunks (directories, padding, seals).

Examples:
  cybs3 stats
  cybs3 stats --growth               what each snapshot added, and what only it needs
  cybs3 stats latest`;

export function addStats(parent: Command, host: CommandHost): void {
  const command = parent
    .command('stats')
    .argument('[snapshot...]', SNAPSHOT_ARGUMENT_HELP)
    .summary('measure snapshots or the whole vault')
    .description('Show how much is saved, shared, compressed and stored. No file content is read.');
  const option = new Option('--growth', 'also what each snapshot added, and what only it needs');
  command.addOption(option.helpGroup('How:'));
  addVaultOptions(command);
  addCacheOptions(command);
  command.addHelpText('after', NOTES).action(host.action<StatsFlags>(runStats));
}

async function runStats(
  context: CommandContext<StatsFlags>,
  ...operands: (string | undefined)[]
): Promise<ExitCode> {
  const { flags, out, signal } = context;
  const selectors = operands.filter((selector) => selector !== undefined);
  const { openNamedVault } = await import('../../compose.ts');
  const loadJob = () => import('../../../jobs/stats/stats.ts');
  await using vault = await openNamedVault(context, { writes: false, meanwhile: loadJob });
  const { stats } = await loadJob();
  const { openProgress } = await import('../../render/progress.ts');
  const { statsJson, statsProgress, statsText } = await import('./stats-view.ts');
  const areAll = selectors.length === 0;
  const { snapshots, damaged } = areAll
    ? await whichSnapshots(vault, { ...context, flags: {} })
    : { snapshots: await namedSnapshots(vault, selectors, signal), damaged: [] };
  const growth = flags.growth ?? false;
  let summary: StatsSummary | undefined;
  {
    using progress = await openProgress(context);
    for await (const event of stats(vault, { snapshots, areAll, growth, signal })) {
      if (event.type === 'progress') progress.update(statsProgress(event));
      else if (event.type === 'notice') out.warn(event.message);
      else summary = event;
    }
  }
  if (!summary) return ExitCode.failed;
  const isDamaged = summary.lost > 0 || damaged.length > 0;
  if (isDamaged && summary.vault) out.warn('what damaged snapshots need counts as not needed');
  if (out.json) await out.document('stats', statsJson(summary, damaged.length));
  else await out.result(statsText(summary));
  return isDamaged ? ExitCode.damaged : ExitCode.done;
}
