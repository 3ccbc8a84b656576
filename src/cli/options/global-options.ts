/**
 * The options that every command understands.
 * @module
 */
import { Option, type Command } from 'commander';

/** The options of the whole program. */
export function addGlobalOptions(program: Command): void {
  const option = (flags: string, help: string): void => {
    program.addOption(new Option(flags, help));
  };
  option(
    '--vault <name|url|dir>',
    'the vault: a saved name, s3://bucket/prefix or a folder [CYBS3_VAULT]',
  );
  option('--json', 'write JSON for programs to stdout');
  option('-q, --quiet', 'only errors and warnings');
  option('-v, --verbose', 'say more, such as what happens to each file');
  option('--no-progress', 'no progress bar');
  option('--debug', 'with an error, show where it came from');
}
