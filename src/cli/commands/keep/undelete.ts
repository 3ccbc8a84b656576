/**
 * `cybs3 undelete <ids…>`
 * @module
 */
import { Option, type Command } from 'commander';
import { AppError } from '../../../base/failure.ts';
import type { UndeleteEvent } from '../../../jobs/forget/events.ts';
import type { CommandContext, CommandHost } from '../../command.ts';
import { addVaultOptions, type WordsFlags } from '../../options/vault-options.ts';
import type { JobView } from '../../render/job.ts';
import { counted, localTime, shortId } from '../../render/words.ts';

interface UndeleteFlags extends WordsFlags {
  readonly all?: boolean;
}

export function addUndelete(parent: Command, host: CommandHost): void {
  const command = parent
    .command('undelete')
    .argument('[ids...]', 'the first digits of their ids')
    .summary('take forgotten snapshots back')
    .description(
      'Take snapshots back that were forgotten, until their grace is over;\n' +
        '`cybs3 snapshots --forgotten` lists them.',
    );
  const all = 'all but those that another took the place of';
  command.addOption(new Option('--all', all).helpGroup('Which snapshots:'));
  addVaultOptions(command);
  command.action(host.action<UndeleteFlags>(runUndelete));
}

async function runUndelete(
  context: CommandContext<UndeleteFlags>,
  ...ids: string[]
): Promise<void> {
  const { flags, signal } = context;
  if ((flags.all === true) === ids.length > 0) {
    throw new AppError('usage', 'give either ids or --all', {
      hint: 'see `cybs3 snapshots --forgotten`',
    });
  }
  const { openNamedVault } = await import('../../compose.ts');
  const loadJob = () => import('../../../jobs/forget/undelete.ts');
  await using vault = await openNamedVault(context, { writes: true, meanwhile: loadJob });
  const { undelete } = await loadJob();
  const { runJob } = await import('../../render/job.ts');
  await runJob(undelete(vault, { ids: flags.all ? 'all' : ids, signal }), context, undeleteView);
}

const undeleteView: JobView<UndeleteEvent> = {
  async show(event, out) {
    if (event.type === 'undeleted') {
      const { id, host, timeMs } = event;
      await out.tryResult(`snapshot ${shortId(id)} of ${host}, ${localTime(timeMs)}, is back\n`);
    } else if (event.type === 'summary') {
      out.note(`cybs3: ${counted(event.undeleted, 'snapshot')} taken back`);
    }
  },
};
