/**
 * Where a server's master key comes from: a file, a command, a systemd credential or the environment,
 * and never an argument.
 * @module
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { AppError, messageOf } from '../../../base/failure.ts';
import type { MasterKey } from '../../../servers/secrets/master-key.ts';
import type { CommandContext } from '../../command.ts';

/** What the environment variable is called. */
const VARIABLE = 'CYBS3_SERVER_MASTER_KEY';

/** Thirty-two bytes in hex with a line end are far below this. */
const CREDENTIAL_BYTES_MAX = 4096;

export interface MasterKeyFlags {
  readonly masterKeyFile?: string;
  readonly masterKeyCommand?: string;
  readonly masterKeyCredential?: string;
}

export function addMasterKeyOptions(command: Command): void {
  const option = (flags: string, help: string): void => {
    command.addOption(new Option(flags, help).helpGroup('Master key:'));
  };
  option('--master-key-file <file>', 'read it from a file that only you can read');
  option('--master-key-command <command>', 'run a program that prints it');
  option('--master-key-credential <name>', "one of systemd's credentials ($CREDENTIALS_DIRECTORY)");
}

/**
 * The master key that everything a server keeps secret is wrapped under. Disposing of it wipes it.
 * @throws AppError `usage` (no source, or several), `keys/source` (it does not work),
 * `serve/master-key` (it gives no key)
 */
export async function findMasterKey(context: CommandContext<MasterKeyFlags>): Promise<MasterKey> {
  const { MasterKey } = await import('../../../servers/secrets/master-key.ts');
  const { parseMasterKey } = await import('../../../servers/secrets/parse-master-key.ts');
  const text = await readSource(context);
  try {
    const bytes = parseMasterKey(text);
    try {
      return MasterKey.of(bytes);
    } finally {
      bytes.fill(0);
    }
  } finally {
    text.fill(0);
  }
}

async function readSource({
  flags,
  io,
  out,
  signal,
}: CommandContext<MasterKeyFlags>): Promise<Buffer> {
  const { masterKeyFile: file, masterKeyCommand: command, masterKeyCredential: name } = flags;
  if ([file, command, name].filter((one) => one !== undefined).length > 1) {
    throw new AppError('usage', 'the master key is to come from several places', {
      hint: 'give one of --master-key-file, --master-key-command and --master-key-credential',
    });
  }
  if (file !== undefined) {
    const { readSecretBytes } = await import('../../../keys/sources/words-file.ts');
    return readSecretBytes(file, process.getuid?.());
  }
  if (command !== undefined) {
    const { readSecretCommand } = await import('../../../keys/sources/words-command.ts');
    const said = { name: 'master key command', prints: 'the master key' };
    return Buffer.from(await readSecretCommand(command, said, signal));
  }
  if (name !== undefined) return readCredential(name, io.env['CREDENTIALS_DIRECTORY']);
  const value = io.env[VARIABLE];
  if (value) {
    out.warn(`${VARIABLE} can be seen by every program started from here; a file cannot`);
    return Buffer.from(value);
  }
  throw new AppError('usage', 'the master key is needed, and no source of it is given', {
    hint: 'make one with `cybs3 serve generate-key FILE`, then give --master-key-file FILE',
  });
}

/** systemd itself sees to who can read it: owner and mode differ between its versions. */
async function readCredential(name: string, folder: string | undefined): Promise<Buffer> {
  if (!folder) {
    throw new AppError('keys/source', 'there is no $CREDENTIALS_DIRECTORY', {
      hint: 'start the server by systemd, with LoadCredential= or LoadCredentialEncrypted=',
    });
  }
  if (!/^[\w.@-]{1,255}$/.test(name) || /^\.+$/.test(name)) {
    throw new AppError('usage', 'the name of the credential is none', {
      hint: 'give the part before the colon in LoadCredential=',
    });
  }
  const buffer = Buffer.alloc(CREDENTIAL_BYTES_MAX);
  try {
    await using file = await open(join(folder, name), 'r');
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    return Buffer.from(buffer.subarray(0, bytesRead));
  } catch (cause) {
    const message = `cannot read the credential ${name}: ${messageOf(cause)}`;
    throw new AppError('keys/source', message, { cause });
  } finally {
    buffer.fill(0);
  }
}
