/**
 * `cybs3 ls <snapshot[:path]>`
 * @module
 */
import { Option, type Command } from 'commander';
import type { CondemnedPacks } from '../../vault/index/load-index.ts';
import type { CommandContext, CommandHost } from '../command.ts';
import { addCacheOptions, addVaultOptions, type WordsFlags } from '../options/vault-options.ts';
import { SNAPSHOT_ARGUMENT_HELP, parseSnapshotArgument } from '../options/snapshot-argument.ts';

/** The folder above everything saved. */
const ROOT = new Uint8Array(0);

interface LsFlags extends WordsFlags {
  readonly long?: boolean;
  readonly recursive?: boolean;
}

const EXAMPLES = `
Examples:
  cybs3 ls latest:/home/me
  cybs3 ls -l -R latest:/etc`;

export function addLs(parent: Command, host: CommandHost): void {
  const command = parent
    .command('ls')
    .argument('<snapshot[:path]>', SNAPSHOT_ARGUMENT_HELP)
    .summary('list files in a snapshot')
    .description('List what is in a folder of a snapshot. Only what that needs is fetched.');
  const option = (flags: string, help: string): Option => new Option(flags, help).helpGroup('How:');
  command
    .addOption(option('-l, --long', 'with mode, owner, size and time'))
    .addOption(option('-R, --recursive', 'and in all folders below'));
  addVaultOptions(command);
  addCacheOptions(command);
  command.addHelpText('after', EXAMPLES).action(host.action<LsFlags>(ls));
}

async function ls(context: CommandContext<LsFlags>, from = ''): Promise<void> {
  const { flags, out, signal } = context;
  const { selector, path } = parseSnapshotArgument(from);
  const { openNamedVault } = await import('../compose.ts');
  const loadJob = () => import('../../jobs/list.ts');
  await using vault = await openNamedVault(context, { writes: false, meanwhile: loadJob });
  const { listEntries } = await loadJob();
  const { resolveSnapshotAnd } = await import('../../jobs/snapshots.ts');
  const { loadReadableIndex } = await import('../../jobs/inspect/open-snapshot.ts');
  const { entryJson, entryText } = await import('../render/entry-text.ts');
  const load = (condemned: CondemnedPacks) => loadReadableIndex(vault, signal, condemned);
  const [snapshot, index] = await resolveSnapshotAnd(vault, selector, load, signal);
  const key = path ?? ROOT;
  const entries = listEntries(vault, snapshot, key, {
    recursive: flags.recursive ?? false,
    signal,
    index,
  });
  if (!out.json) {
    for await (const entry of entries) await out.result(entryText(entry, flags.long === true));
    return;
  }
  // One document, written as it comes: there may be millions of entries.
  const head = JSON.stringify({ schema: 'cybs3/v1', type: 'entries', snapshot: snapshot.id });
  await out.result(`${head.slice(0, -1)},"entries":[`);
  let separator = '\n';
  for await (const entry of entries) {
    await out.result(separator + JSON.stringify(entryJson(entry)));
    separator = ',\n';
  }
  await out.result('\n]}\n');
}
