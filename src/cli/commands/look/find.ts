/**
 * `cybs3 find <pattern…>`, `cybs3 find --history <path>`
 * @module
 */
import { Option, type Command } from 'commander';
import { AppError } from '../../../base/failure.ts';
import type { EntryType } from '../../../format/entry.ts';
import type { CommandContext, CommandHost } from '../../command.ts';
import { ExitCode } from '../../explain.ts';
import { addCacheOptions, addVaultOptions, type WordsFlags } from '../../options/vault-options.ts';
import { entryTypes, moment, sizeRange, type Moment, type SizeRange } from './entry-options.ts';
import { pathArgument } from './path-argument.ts';
import { addWhichOptions, whichSnapshots, type WhichFlags } from './which-snapshots.ts';

interface FindFlags extends WordsFlags, WhichFlags {
  readonly ignoreCase?: boolean;
  readonly type?: EntryType[];
  readonly newer?: Moment;
  readonly older?: Moment;
  readonly size?: SizeRange;
  readonly long?: boolean;
  readonly history?: string;
}

const EXAMPLES = `
Examples:
  cybs3 find '*.odt'                        in all snapshots
  cybs3 find --host web '/etc/**/*.conf'    as absolute paths
  cybs3 find --type f --size +1G --snapshot latest
  cybs3 find --history ~/notes.txt          each time that it changed`;

export function addFind(parent: Command, host: CommandHost): void {
  const command = parent
    .command('find')
    .argument('[pattern...]', "names or globs, as for backup's --exclude: '*.txt', '/etc/*.conf'")
    .summary('find files in all snapshots')
    .description(
      'Find files in snapshots by name, kind, size and time. What is printed can be given to\n' +
        'restore, ls and cat.',
    );
  const option = (flags: string, help: string): Option =>
    new Option(flags, help).helpGroup('What to find:');
  command
    .addOption(option('-i, --ignore-case', 'names in whatever case'))
    .addOption(
      option('--type <kind>', 'files f, folders d, links l, or p, s, c, b').argParser(entryTypes),
    )
    .addOption(option('--newer <when>', 'modified since: 2026-11-21 or 7d').argParser(moment))
    .addOption(option('--older <when>', 'modified before').argParser(moment))
    .addOption(
      option('--size <size>', 'files of at least +10M, at most -1K, or exactly').argParser(
        sizeRange,
      ),
    )
    .addOption(
      option('--history <path>', 'each snapshot in which this path is not as before').conflicts([
        'ignoreCase',
        'type',
        'newer',
        'older',
        'size',
        'long',
      ]),
    )
    .addOption(option('-l, --long', 'with mode, owner, size and time'));
  addWhichOptions(command);
  addVaultOptions(command);
  addCacheOptions(command);
  command.addHelpText('after', EXAMPLES).action(host.action<FindFlags>(runFind));
}

async function runFind(
  context: CommandContext<FindFlags>,
  ...operands: (string | undefined)[]
): Promise<ExitCode> {
  const { flags, signal } = context;
  const patterns = operands.filter((pattern) => pattern !== undefined);
  assertMeant(flags, patterns);
  const { openNamedVault } = await import('../../compose.ts');
  const { loadReadableIndex } = await import('../../../jobs/inspect/open-snapshot.ts');
  const { exitCodeOf } = await import('../../render/job.ts');
  await using vault = await openNamedVault(context, { writes: false });
  // In this order: what the snapshots need is in an index that is loaded later.
  const { snapshots, damaged } = await whichSnapshots(vault, context);
  const common = { snapshots, index: await loadReadableIndex(vault, signal), signal };
  const { runLook } = await import('./run-look.ts');
  const { findView, historyView } = await import('./find-view.ts');
  if (flags.history !== undefined) {
    const { history } = await import('../../../jobs/find/history.ts');
    const path = pathArgument(flags.history, context.io.cwd);
    const tally = await runLook(history(vault, { ...common, path }), context, historyView);
    return damaged.length > 0 ? ExitCode.damaged : exitCodeOf(tally);
  }
  const { find } = await import('../../../jobs/find/find.ts');
  const events = find(vault, { ...common, ...filterOf(context, patterns) });
  const tally = await runLook(events, context, findView(flags.long === true));
  return damaged.length > 0 ? ExitCode.damaged : exitCodeOf(tally);
}

function assertMeant(flags: FindFlags, patterns: readonly string[]): void {
  const hasTests = [flags.type, flags.newer, flags.older, flags.size].some(Boolean);
  if (flags.history === undefined && patterns.length === 0 && !hasTests) {
    throw new AppError('usage', 'nothing to find is named', {
      hint: `give a name or a pattern: cybs3 find '*.txt'`,
    });
  }
  if (flags.history !== undefined && patterns.length > 0) {
    throw new AppError('usage', 'either a history or patterns, not both', {
      hint: 'give one path: cybs3 find --history notes.txt',
    });
  }
}

function filterOf({ flags, clock }: CommandContext<FindFlags>, patterns: readonly string[]) {
  const { type: types, size, newer, older } = flags;
  const nowMs = clock();
  return {
    patterns,
    ignoreCase: flags.ignoreCase ?? false,
    ...(types && { types }),
    newerMs: newer?.(nowMs),
    olderMs: older?.(nowMs),
    sizeMin: size?.min,
    sizeMax: size?.max,
  };
}
