/**
 * The command line as a tree: every command, in the order of the help.
 * @module
 */
import { styleText } from 'node:util';
import { Command } from 'commander';
import type { CommandHost } from './command.ts';
import type { Io } from './io.ts';
import { addGlobalOptions } from './options/global-options.ts';

const DESCRIPTION = `Zero-knowledge backup: your files, encrypted and deduplicated, in any S3
bucket or folder. Twelve words are the only key.`;

const EPILOGUE = `
Start:
  cybs3 vault init ./vault > words.txt          make a vault; keep the words safe
  cybs3 backup --vault ./vault ~/Documents      save files
  cybs3 restore --vault ./vault latest --to ./restored

The words are read from --mnemonic-file, --mnemonic-command, CYBS3_MNEMONIC_FILE,
CYBS3_MNEMONIC_COMMAND, CYBS3_MNEMONIC, or asked for on a terminal.

Exit codes: 0 done, 1 failed, 2 usage, 3 done in part, 10 no vault there, 11 busy,
12 wrong words, 13 damaged data, 130 interrupted.`;

type AddCommand = (parent: Command, host: CommandHost) => void;
type LoadCommand = () => Promise<AddCommand>;

/** The commands in groups, each loaded only where it is asked for: all of them together take 50 ms. */
const GROUPS: readonly (readonly [title: string, Readonly<Record<string, LoadCommand>>])[] = [
  ['Vaults:', { vault: async () => (await import('./commands/vault.ts')).addVault }],
  [
    'Saving and restoring:',
    {
      backup: async () => (await import('./commands/backup.ts')).addBackup,
      restore: async () => (await import('./commands/restore.ts')).addRestore,
    },
  ],
  [
    'Looking:',
    {
      snapshots: async () => (await import('./commands/snapshots.ts')).addSnapshots,
      ls: async () => (await import('./commands/ls.ts')).addLs,
      cat: async () => (await import('./commands/cat.ts')).addCat,
      find: async () => (await import('./commands/look/find.ts')).addFind,
      diff: async () => (await import('./commands/look/diff.ts')).addDiff,
      stats: async () => (await import('./commands/look/stats.ts')).addStats,
    },
  ],
  [
    'Keeping:',
    {
      forget: async () => (await import('./commands/keep/forget.ts')).addForget,
      undelete: async () => (await import('./commands/keep/undelete.ts')).addUndelete,
      prune: async () => (await import('./commands/keep/prune.ts')).addPrune,
      tag: async () => (await import('./commands/keep/tag.ts')).addTag,
      rewrite: async () => (await import('./commands/keep/rewrite.ts')).addRewrite,
      copy: async () => (await import('./commands/keep/copy.ts')).addCopy,
    },
  ],
  [
    'Care:',
    {
      status: async () => (await import('./commands/care/status.ts')).addStatus,
      check: async () => (await import('./commands/check.ts')).addCheck,
      drill: async () => (await import('./commands/care/drill.ts')).addDrill,
      repair: async () => (await import('./commands/care/repair.ts')).addRepair,
    },
  ],
  ['Serving:', { serve: async () => (await import('./commands/serve/serve.ts')).addServe }],
  ['Other:', { completion: async () => (await import('./commands/completion.ts')).addCompletion }],
];

/** It looks at all the others. */
const NEEDS_ALL = 'completion';

/**
 * @param io where help goes
 * @param named the one command that is meant, where it is known; anything else means all of them
 */
export async function buildProgram(
  host: CommandHost,
  io: Pick<Io, 'stdout' | 'stderr'>,
  named: string | undefined,
): Promise<Command> {
  const program = new Command('cybs3')
    .description(DESCRIPTION)
    .version(host.programVersion, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .configureHelp({ showGlobalOptions: true, styleTitle: (title) => styleText('bold', title) })
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      outputError: () => undefined,
    })
    .exitOverride()
    .addHelpText('after', EPILOGUE);
  addGlobalOptions(program);
  const all = GROUPS.flatMap(([, commands]) => Object.keys(commands));
  const isOne = named !== undefined && named !== NEEDS_ALL && all.includes(named);
  for (const [title, commands] of GROUPS) {
    program.commandsGroup(title);
    for (const [name, load] of Object.entries(commands)) {
      if (!isOne || name === named) (await load())(program, host);
    }
  }
  program.helpCommand('help [command]', 'show help for a command');
  return program;
}
