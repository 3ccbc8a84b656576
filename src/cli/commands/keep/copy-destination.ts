/**
 * Flags and variables for the second vault of a command: those of the first with `to` in their names.
 * @module
 */
import { Option, type Command } from 'commander';
import { AppError, isFailure } from '../../../base/failure.ts';
import type { Vault } from '../../../vault/vault.ts';
import type { CommandContext } from '../../command.ts';
import type { StoreSettings } from '../../options/store-settings.ts';
import type { CacheFlags, WordsFlags } from '../../options/vault-options.ts';

export interface DestinationFlags extends CacheFlags {
  readonly to: string;
  readonly toMnemonicFile?: string;
  readonly toMnemonicCommand?: string;
  readonly toPassphraseFile?: string;
  readonly toEndpoint?: string;
  readonly toRegion?: string;
  readonly toProfile?: string;
  readonly toPathStyle?: boolean;
  readonly toCaFile?: string;
  readonly toInsecureHttp?: boolean;
  readonly toSseCKeyFile?: string;
  readonly limitUpload?: number;
}

const OF_THE_FIRST = /^CYBS3_(?!(CONFIG|STATE|CACHE)_DIR$)/;
const OF_THE_SECOND = 'CYBS3_TO_';

export function addDestinationOptions(command: Command): void {
  const option = (flags: string, help: string): void => {
    command.addOption(new Option(flags, help).helpGroup('The vault to copy into:'));
  };
  command.addOption(
    new Option('--to <name|url|dir>', 'the vault to copy into [CYBS3_TO_VAULT]').helpGroup(
      'The vault to copy into:',
    ),
  );
  option('--to-mnemonic-file <file>', 'its words (default: the same as of the other)');
  option('--to-mnemonic-command <command>', 'run a program that prints its words');
  option('--to-passphrase-file <file>', 'the BIP39 passphrase besides its words');
  option('--to-endpoint <url>', "its S3 server's address");
  option('--to-region <name>', "its bucket's region");
  option('--to-profile <name>', 'its profile of the AWS config and credentials files');
  option('--to-path-style', 'name its bucket in the path');
  option('--to-ca-file <file>', 'PEM file of the certificates to trust for it');
  option('--to-insecure-http', 'allow an http:// endpoint for it');
  option('--to-sse-c-key-file <file>', 'SSE-C with the key in this file, for it');
}

/**
 * Opens the vault to copy into.
 * @throws AppError as `openNamedVault`
 */
export async function openDestination(
  context: CommandContext<DestinationFlags & WordsFlags>,
  writes: boolean,
): Promise<Vault> {
  const { openNamedVault } = await import('../../compose.ts');
  const second = { ...context, ...secondOf(context) };
  try {
    return await openNamedVault(second, { writes });
  } catch (error) {
    if (!isFailure(error, 'keys/wrong', 'keys/none')) throw error;
    const { code, message } = error;
    throw new AppError(code, `the vault to copy into: ${message}`, {
      hint: 'give its words with --to-mnemonic-file or CYBS3_TO_MNEMONIC_FILE',
      cause: error,
    });
  }
}

/** Flags and variables as if the second vault were the only one. */
function secondOf({ flags, io }: CommandContext<DestinationFlags & WordsFlags>) {
  const { env } = io;
  const vault = flags.to || env[`${OF_THE_SECOND}VAULT`];
  if (!vault) {
    throw new AppError('usage', 'no vault to copy into is named', { hint: 'give it with --to' });
  }
  const own = Object.entries(env).flatMap(([name, value]) => {
    if (name.startsWith(OF_THE_SECOND)) return [[name.replace('_TO_', '_'), value] as const];
    return OF_THE_FIRST.test(name) ? [] : [[name, value] as const];
  });
  const words = wordsOf(flags, env);
  const { json, quiet, verbose, progress, debug, cache, cacheDir } = flags;
  const common = { json, quiet, verbose, progress, debug, cache, cacheDir };
  const all = { ...common, vault, ...words.flags, ...storeOf(flags) };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return {
    flags: Object.fromEntries(given) as WordsFlags & CacheFlags & StoreSettings,
    io: { ...io, env: { ...words.env, ...Object.fromEntries(own) } },
  };
}

type Env = Readonly<Record<string, string | undefined>>;

/** Where nothing is said of its words, they are taken to be the same. */
function wordsOf(flags: DestinationFlags & WordsFlags, env: Env): { flags: WordsFlags; env: Env } {
  const { toMnemonicFile, toMnemonicCommand, toPassphraseFile } = flags;
  const own = {
    ...(toMnemonicFile !== undefined && { mnemonicFile: toMnemonicFile }),
    ...(toMnemonicCommand !== undefined && { mnemonicCommand: toMnemonicCommand }),
    ...(toPassphraseFile !== undefined && { passphraseFile: toPassphraseFile }),
  };
  const isSaid =
    Object.keys(own).length > 0 ||
    Object.keys(env).some((name) => /^CYBS3_TO_(MNEMONIC|PASSPHRASE)/.test(name));
  if (isSaid) return { flags: own, env: {} };
  const { mnemonicFile, mnemonicCommand, passphraseFile, passphrasePrompt } = flags;
  const same = Object.entries(env).filter(([name]) => /^CYBS3_(MNEMONIC|PASSPHRASE)/.test(name));
  return {
    flags: {
      ...(mnemonicFile !== undefined && { mnemonicFile }),
      ...(mnemonicCommand !== undefined && { mnemonicCommand }),
      ...(passphraseFile !== undefined && { passphraseFile }),
      ...(passphrasePrompt !== undefined && { passphrasePrompt }),
    },
    env: Object.fromEntries(same),
  };
}

function storeOf(flags: DestinationFlags) {
  return {
    endpoint: flags.toEndpoint,
    region: flags.toRegion,
    profile: flags.toProfile,
    pathStyle: flags.toPathStyle,
    caFile: flags.toCaFile,
    insecureHttp: flags.toInsecureHttp,
    sseCKeyFile: flags.toSseCKeyFile,
    limitUpload: flags.limitUpload,
  };
}
