/**
 * `cybs3 cat <snapshot:path>`
 * @module
 */
import { Option, type Command } from 'commander';
import { AppError } from '../../base/failure.ts';
import type { CondemnedPacks } from '../../vault/index/load-index.ts';
import type { CommandContext, CommandHost } from '../command.ts';
import { addCacheOptions, addVaultOptions, type WordsFlags } from '../options/vault-options.ts';
import { SNAPSHOT_ARGUMENT_HELP, parseSnapshotArgument } from '../options/snapshot-argument.ts';

/** The folder above everything saved. */
const ROOT = new Uint8Array(0);

interface CatFlags extends WordsFlags {
  readonly tar?: boolean;
}

const EXAMPLES = `
Examples:
  cybs3 cat latest:/etc/fstab
  cybs3 cat --tar latest:/home/me/Documents | tar tvf -`;

export function addCat(parent: Command, host: CommandHost): void {
  const command = parent
    .command('cat')
    .argument('<snapshot:path>', SNAPSHOT_ARGUMENT_HELP)
    .summary('write a file of a snapshot to stdout')
    .description('Write a file of a snapshot to stdout, or a folder as a tar archive.');
  command.addOption(new Option('--tar', 'write a folder as a tar archive').helpGroup('How:'));
  addVaultOptions(command);
  addCacheOptions(command);
  command.addHelpText('after', EXAMPLES).action(host.action<CatFlags>(cat));
}

async function cat(context: CommandContext<CatFlags>, from = ''): Promise<void> {
  const { flags, out, signal } = context;
  const { selector, path } = parseSnapshotArgument(from);
  if (path === undefined && !flags.tar) {
    throw new AppError('usage', 'no file is named', {
      hint: 'write for example latest:/etc/fstab',
    });
  }
  if (flags.tar && out.stdout.isTTY === true) {
    throw new AppError('usage', 'a tar archive does not belong on a terminal', {
      hint: 'redirect it: … > files.tar, or … | tar tvf -',
    });
  }
  const { openNamedVault } = await import('../compose.ts');
  const loadJob = () => import('../../jobs/cat.ts');
  await using vault = await openNamedVault(context, { writes: false, meanwhile: loadJob });
  const { catFile, tarFolder } = await loadJob();
  const { resolveSnapshotAnd } = await import('../../jobs/snapshots.ts');
  const { loadReadableIndex } = await import('../../jobs/inspect/open-snapshot.ts');
  const load = (condemned: CondemnedPacks) => loadReadableIndex(vault, signal, condemned);
  const [snapshot, index] = await resolveSnapshotAnd(vault, selector, load, signal);
  const pieces = (flags.tar ? tarFolder : catFile)(vault, snapshot, path ?? ROOT, {
    signal,
    index,
  });
  for await (const piece of pieces) await out.result(piece);
}
