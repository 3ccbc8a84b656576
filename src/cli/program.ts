/**
 * The command line as a tree: every command, in the order of the help.
 * @module
 */
import { styleText } from 'node:util';
import { Command } from 'commander';
import type { CommandHost } from './command.ts';
import { addBackup } from './commands/backup.ts';
import { addCat } from './commands/cat.ts';
import { addCheck } from './commands/check.ts';
import { addCompletion } from './commands/completion.ts';
import { addCopy } from './commands/keep/copy.ts';
import { addForget } from './commands/keep/forget.ts';
import { addUndelete } from './commands/keep/undelete.ts';
import { addTag } from './commands/keep/tag.ts';
import { addRewrite } from './commands/keep/rewrite.ts';
import { addStatus } from './commands/care/status.ts';
import { addDrill } from './commands/care/drill.ts';
import { addRepair } from './commands/care/repair.ts';
import { addServe } from './commands/serve/serve.ts';
import { addPrune } from './commands/keep/prune.ts';
import { addDiff } from './commands/look/diff.ts';
import { addFind } from './commands/look/find.ts';
import { addStats } from './commands/look/stats.ts';
import { addLs } from './commands/ls.ts';
import { addRestore } from './commands/restore.ts';
import { addSnapshots } from './commands/snapshots.ts';
import { addVault } from './commands/vault.ts';
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

/** @param io where help goes; absent where the tree is only looked at */
export function buildProgram(host: CommandHost, io?: Pick<Io, 'stdout' | 'stderr'>): Command {
  const program = new Command('cybs3')
    .description(DESCRIPTION)
    .version(host.programVersion, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .configureHelp({ showGlobalOptions: true, styleTitle: (title) => styleText('bold', title) })
    .configureOutput({
      ...(io && { writeOut: (text) => void io.stdout.write(text) }),
      ...(io && { writeErr: (text) => void io.stderr.write(text) }),
      outputError: () => undefined,
    })
    .exitOverride()
    .addHelpText('after', EPILOGUE);
  addGlobalOptions(program);
  program.commandsGroup('Vaults:');
  addVault(program, host);
  program.commandsGroup('Saving and restoring:');
  addBackup(program, host);
  addRestore(program, host);
  program.commandsGroup('Looking:');
  addSnapshots(program, host);
  addLs(program, host);
  addCat(program, host);
  addFind(program, host);
  addDiff(program, host);
  addStats(program, host);
  program.commandsGroup('Keeping:');
  addForget(program, host);
  addUndelete(program, host);
  addPrune(program, host);
  addTag(program, host);
  addRewrite(program, host);
  addCopy(program, host);
  program.commandsGroup('Care:');
  addStatus(program, host);
  addCheck(program, host);
  addDrill(program, host);
  addRepair(program, host);
  program.commandsGroup('Serving:');
  addServe(program, host);
  program.commandsGroup('Other:');
  addCompletion(program, host);
  program.helpCommand('help [command]', 'show help for a command');
  return program;
}
