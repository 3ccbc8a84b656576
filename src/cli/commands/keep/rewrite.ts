/**
 * `cybs3 rewrite <snapshots…> --exclude <pattern>`
 * @module
 */
import { countedProgress } from '../../render/progress.ts';
import { readFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { AppError, messageOf } from '../../../base/failure.ts';
import { formatBytes, formatDuration } from '../../../base/units.ts';
import { parsePatternFile } from '../../../files/select/pattern-file.ts';
import type { RewriteEvent, RewriteSummary } from '../../../jobs/rewrite/events.ts';
import type { CommandContext, CommandHost } from '../../command.ts';
import { duration } from '../../options/parse-duration.ts';
import { collect } from '../../options/parse.ts';
import {
  WHICH,
  addFilterOptions,
  filterOf,
  type FilterFlags,
} from '../../options/snapshot-filter.ts';
import { addVaultOptions, type WordsFlags } from '../../options/vault-options.ts';
import { pathReportText, type JobView } from '../../render/job.ts';
import { counted, grouped, localTime, shortId } from '../../render/words.ts';

interface RewriteFlags extends WordsFlags, FilterFlags {
  readonly all?: boolean;
  readonly exclude?: string[];
  readonly iexclude?: string[];
  readonly excludeFile?: string[];
  readonly forget?: boolean;
  readonly grace?: number;
  readonly dryRun?: boolean;
}

const EXAMPLES = `
Of each snapshot that holds what matches, one without it is made. The old ones stay
unless --forget is given; what only they need goes with a later \`cybs3 prune\`.

Examples:
  cybs3 rewrite --dry-run --verbose --exclude '*.iso' --all
  cybs3 rewrite --forget --exclude /home/me/secret 4f2a`;

export function addRewrite(parent: Command, host: CommandHost): void {
  const command = parent
    .command('rewrite')
    .argument('[snapshots...]', 'the first digits of their ids, or latest')
    .summary('drop paths from snapshots')
    .description('Drop files and folders from snapshots.');
  const option = (flags: string, help: string): Option =>
    new Option(flags, help).helpGroup('What to drop:');
  command
    .addOption(option('-e, --exclude <pattern>', 'what matches (repeatable)').argParser(collect))
    .addOption(option('--iexclude <pattern>', 'the same, in any case').argParser(collect))
    .addOption(option('--exclude-file <file>', 'patterns, one a line').argParser(collect));
  addFilterOptions(command);
  const how = (flags: string, help: string): Option => new Option(flags, help).helpGroup('How:');
  command
    .addOption(new Option('--all', 'all snapshots').helpGroup(WHICH))
    .addOption(how('--forget', 'forget the old snapshots'))
    .addOption(how('-n, --dry-run', 'only say what would be dropped'))
    .addOption(
      how('--grace <duration>', 'how long the old ones stay (default: 24h)').argParser(duration),
    );
  addVaultOptions(command);
  command.addHelpText('after', EXAMPLES).action(host.action<RewriteFlags>(runRewrite));
}

async function runRewrite(
  context: CommandContext<RewriteFlags>,
  ...selectors: string[]
): Promise<void> {
  const { flags, io, signal } = context;
  const exclude = [...(flags.exclude ?? []), ...(await readPatterns(flags.excludeFile ?? []))];
  const { openNamedVault } = await import('../../compose.ts');
  const loadJob = () => import('../../../jobs/rewrite/rewrite.ts');
  await using vault = await openNamedVault(context, { writes: true, meanwhile: loadJob });
  const { rewrite } = await loadJob();
  const { runJob } = await import('../../render/job.ts');
  const events = rewrite(vault, {
    selectors,
    filter: flags.all ? {} : filterOf(flags, io),
    exclude,
    excludeIgnoringCase: flags.iexclude ?? [],
    forget: flags.forget ?? false,
    dryRun: flags.dryRun ?? false,
    reportPaths: flags.verbose ?? false,
    graceMs: flags.grace,
    signal,
  });
  await runJob(events, context, rewriteView);
}

async function readPatterns(files: readonly string[]): Promise<string[]> {
  const patterns: string[] = [];
  for (const file of files) {
    try {
      patterns.push(...parsePatternFile(await readFile(file)));
    } catch (cause) {
      throw new AppError('usage', `cannot read ${file}: ${messageOf(cause)}`, { cause });
    }
  }
  return patterns;
}

const rewriteView: JobView<RewriteEvent> = {
  async show(event, out, progress) {
    switch (event.type) {
      case 'progress':
        progress.update(countedProgress(event, 'entries'));
        break;
      case 'path':
        await out.tryResult(`${pathReportText(event)}\n`);
        break;
      case 'rewritten':
        await out.tryResult(rewrittenText(event));
        break;
      case 'summary':
        if (!out.quiet) await out.tryResult(summaryText(event));
        break;
      case 'notice':
        break;
    }
  },
};

function rewrittenText(event: RewriteEvent & { type: 'rewritten' }): string {
  const { id, newId, host, timeMs, dropped } = event;
  const is = newId === undefined ? 'would lose' : `is now ${shortId(newId)}, without`;
  const lost = [
    counted(dropped.files, 'file'),
    counted(dropped.directories, 'folder'),
    ...(dropped.others > 0 ? [`${grouped(dropped.others)} others`] : []),
    formatBytes(dropped.bytes),
  ];
  return `snapshot ${shortId(id)} of ${host}, ${localTime(timeMs)}, ${is} ${lost.join(', ')}\n`;
}

function summaryText(summary: RewriteSummary): string {
  const { dryRun, rewritten, unchanged, forgotten, bytesStored, durationMs } = summary;
  const would = dryRun ? 'would be ' : '';
  const old = forgotten > 0 ? `, the old ones ${would}forgotten` : '';
  const sent = dryRun ? '' : `${formatBytes(bytesStored)} sent, `;
  const what = `${counted(rewritten, 'snapshot')} ${would}rewritten${old}`;
  return `${what}; ${unchanged} without such paths\n${sent}${formatDuration(durationMs)}\n`;
}
