/**
 * Options of every command that opens a vault: its words, and how to reach its store.
 * @module
 */
import { Option, type Command } from 'commander';
import { addStoreOptions } from './store-settings.ts';

/** Where the words come from, as flags. */
export interface WordsFlags {
  readonly mnemonicFile?: string;
  readonly mnemonicCommand?: string;
  readonly passphraseFile?: string;
  readonly passphrasePrompt?: boolean;
}

/** Where copies of metadata are kept, as flags. */
export interface CacheFlags {
  readonly cacheDir?: string;
  /** False with `--no-cache`. */
  readonly cache?: boolean;
}

/** Flags of a command that opens a vault: its words, and how to reach the store. */
export function addVaultOptions(command: Command): void {
  addWordsOptions(command);
  addStoreOptions(command);
}

/** Flags of a command that need not fetch the same metadata from S3 each time. */
export function addCacheOptions(command: Command): void {
  const option = (flags: string, help: string): void => {
    command.addOption(new Option(flags, help).helpGroup('Store:'));
  };
  option('--cache-dir <dir>', 'keep copies of metadata there, sealed [CYBS3_CACHE_DIR]');
  option('--no-cache', 'keep and use no copies');
}

export function addWordsOptions(command: Command): void {
  const option = (flags: string, help: string): void => {
    command.addOption(new Option(flags, help).helpGroup('Words:'));
  };
  option('--mnemonic-file <file>', "read the vault's words from a file [CYBS3_MNEMONIC_FILE]");
  option(
    '--mnemonic-command <command>',
    'run a program that prints the words [CYBS3_MNEMONIC_COMMAND]',
  );
  option(
    '--passphrase-file <file>',
    'the BIP39 passphrase besides the words [CYBS3_PASSPHRASE_FILE]',
  );
  option('--passphrase-prompt', 'ask for the BIP39 passphrase');
}
