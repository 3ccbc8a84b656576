/**
 * `cybs3 tag <snapshots…>`
 * @module
 */
import { Option, type Command } from 'commander';
import { printable } from '../../../files/path.ts';
import type { TagEvent } from '../../../jobs/tag/events.ts';
import type { CommandContext, CommandHost } from '../../command.ts';
import { duration } from '../../options/parse-duration.ts';
import { collectList } from '../../options/parse.ts';
import {
  WHICH,
  addFilterOptions,
  filterOf,
  type FilterFlags,
} from '../../options/snapshot-filter.ts';
import { addVaultOptions, type WordsFlags } from '../../options/vault-options.ts';
import type { JobView } from '../../render/job.ts';
import { counted, localTime, shortId } from '../../render/words.ts';

interface TagFlags extends WordsFlags, FilterFlags {
  readonly all?: boolean;
  readonly add?: string[];
  readonly remove?: string[];
  readonly set?: string[];
  readonly grace?: number;
  readonly dryRun?: boolean;
}

const EXAMPLES = `
A tagged snapshot gets a new id; the old one is forgotten, and can be had back for the grace.

Examples:
  cybs3 tag --add keep latest
  cybs3 tag --remove daily --add weekly 4f2a 77b1
  cybs3 tag --set archive --host oldserver`;

export function addTag(parent: Command, host: CommandHost): void {
  const command = parent
    .command('tag')
    .argument('[snapshots...]', 'the first digits of their ids, or latest')
    .summary('change the tags of snapshots')
    .description('Change the tags of snapshots.');
  const option = (flags: string, help: string): Option =>
    new Option(flags, help).helpGroup('What to change:');
  command
    .addOption(option('--add <tags>', 'give them these tags: a,b').argParser(collectList))
    .addOption(option('--remove <tags>', 'take these tags from them').argParser(collectList))
    .addOption(option('--set <tags>', 'these tags and no others').argParser(collectList));
  addFilterOptions(command);
  const how = (flags: string, help: string): Option => new Option(flags, help).helpGroup('How:');
  command
    .addOption(new Option('--all', 'all snapshots').helpGroup(WHICH))
    .addOption(how('-n, --dry-run', 'only say what would be changed'))
    .addOption(
      how('--grace <duration>', 'how long the old ones stay (default: 24h)').argParser(duration),
    );
  addVaultOptions(command);
  command.addHelpText('after', EXAMPLES).action(host.action<TagFlags>(runTag));
}

async function runTag(context: CommandContext<TagFlags>, ...selectors: string[]): Promise<void> {
  const { flags, io, signal } = context;
  const { openNamedVault } = await import('../../compose.ts');
  const loadJob = () => import('../../../jobs/tag/tag.ts');
  await using vault = await openNamedVault(context, { writes: true, meanwhile: loadJob });
  const { tag } = await loadJob();
  const { runJob } = await import('../../render/job.ts');
  const { set, add, remove, grace: graceMs, dryRun = false } = flags;
  const filter = flags.all ? {} : filterOf(flags, io);
  const events = tag(vault, { selectors, filter, set, add, remove, graceMs, dryRun, signal });
  await runJob(events, context, tagView);
}

const tagView: JobView<TagEvent> = {
  async show(event, out) {
    if (event.type === 'tagged') {
      const { id, newId, host, timeMs, before, tags } = event;
      const is = newId === undefined ? 'would be' : `is now ${shortId(newId)}`;
      const what = `${shortId(id)} of ${host}, ${localTime(timeMs)}, ${is}`;
      await out.tryResult(`snapshot ${what}: ${tagsText(before)} -> ${tagsText(tags)}\n`);
    } else if (event.type === 'summary') {
      const { changed, unchanged, dryRun } = event;
      const verb = dryRun ? 'would be changed' : 'changed';
      out.note(`cybs3: ${counted(changed, 'snapshot')} ${verb}, ${unchanged} as they were`);
    }
  },
};

function tagsText(tags: readonly string[]): string {
  return tags.length > 0 ? printable(tags.join(',')) : 'no tags';
}
