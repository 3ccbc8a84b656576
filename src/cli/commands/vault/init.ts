/**
 * `cybs3 vault init <url|dir>`: makes a vault and shows its words, once.
 * @module
 */
import { Option, type Command } from 'commander';
import { AppError } from '../../../base/failure.ts';
import type { WordCount } from '../../../crypto/mnemonic.ts';
import type { VaultSettings } from '../../../format/documents/settings.ts';
import type { ObjectStore } from '../../../store/port.ts';
import type { CommandContext, CommandHost } from '../../command.ts';
import type { LocatedVault } from '../../config/locate.ts';
import { addVaultOptions, type WordsFlags } from '../../options/vault-options.ts';
import {
  addDataOptions,
  addLockOptions,
  lockOf,
  type DataFlags,
  type LockFlags,
} from '../../options/vault-settings.ts';
import type { StoreSettings } from '../../options/store-settings.ts';
import { jsonLine } from '../../render/output.ts';
import { canAsk } from '../../prompts/ask.ts';
import { confirmWords, protectRedirectedWords, wordsTable } from '../../prompts/show-words.ts';

const CIPHERS = { 'aes-256-gcm': 1, 'chacha20-poly1305': 2 } as const;

interface InitFlags extends WordsFlags, DataFlags, LockFlags {
  readonly words: '12' | '15' | '18' | '21' | '24';
  /** False with `--no-confirm`. */
  readonly confirm: boolean;
  readonly cipher: keyof typeof CIPHERS;
  readonly name?: string;
  readonly createBucket?: boolean;
}

const EXAMPLES = `
Examples:
  cybs3 vault init ./vault
  cybs3 vault init s3://backups/laptop --endpoint https://s3.example.org --name laptop
  cybs3 vault init /mnt/disk/vault > words.txt
  cybs3 vault init s3://locked/laptop --lock compliance --lock-days 30

On a terminal the words are shown as a table, and three of them are asked back.
Elsewhere the words alone go to stdout; if that is a file, only its owner may
read it from then on. They are never shown again: without them nobody,
including you, can read the vault.

With --lock nobody who gets hold of the bucket's keys can destroy what is younger
than --lock-days: the bucket must have Object Lock. Governance can be got round
by who has that right, compliance by nobody, and you pay for it until it ends.
\`cybs3 prune\` locks anew what is still needed: let it run twice in that time.`;

export function addVaultInit(parent: Command, host: CommandHost): void {
  const command = parent
    .command('init')
    .argument('<url|dir>', 's3://bucket/prefix, or a folder; it must be empty')
    .summary('make a new vault and show its words')
    .description('Make a new vault, and show the words that are its only key.');
  const option = (flags: string, help: string): Option =>
    new Option(flags, help).helpGroup('New vault:');
  const counts = option('--words <count>', 'how many words').choices([
    '12',
    '15',
    '18',
    '21',
    '24',
  ]);
  command
    .addOption(option('--name <name>', 'remember the vault by this name'))
    .addOption(
      option('--create-bucket', 'make the bucket, too (with --lock: one with Object Lock)'),
    )
    .addOption(counts.default('12'))
    .addOption(option('--no-confirm', 'do not ask any words back'));
  const cipher = option('--cipher <name>', 'what seals the data').choices(Object.keys(CIPHERS));
  command.addOption(cipher.default('aes-256-gcm'));
  addDataOptions(command, 'New vault:');
  addLockOptions(command, 'New vault:');
  addVaultOptions(command);
  command.addHelpText('after', EXAMPLES).action(host.action<InitFlags>(init));
}

async function init(context: CommandContext<InitFlags>, place = ''): Promise<void> {
  const { out, flags } = context;
  const { locatePlace } = await import('../../config/locate.ts');
  const { makeBucket, openLocatedStore } = await import('../../compose.ts');
  const located = locatePlace(context, place);
  const saveAs = await reserveName(context);
  const lock = lockOf(flags);
  if (flags.createBucket) await makeBucket(located, context, lock !== undefined);
  const store = await openLocatedStore(located, context);
  try {
    if (lock) await checkLocks(store);
    const existing = await existingWords(context);
    const mnemonic = existing ?? (await newWords(context));
    const passphrase = await newPassphrase(context);
    // Whoever stops here, or never gets the words, has no vault that nobody can open.
    const isNew = existing === undefined;
    if (isNew && !out.json && (await isEmpty(store))) await show(mnemonic, context);
    const made = await make(store, located, mnemonic, passphrase, context);
    const about = { location: located.text, ...made, ...(isNew && { mnemonic }) };
    if (out.json) {
      if (isNew) protectRedirectedWords(out.stdout);
      await out.deliver(jsonLine('vault', about), 'the words of the new vault');
    }
    saveAs?.(located);
    out.note(`vault ${made.vaultId} is ready at ${located.text}`);
    out.note(`next: cybs3 backup --vault ${flags.name ?? located.text} <path...>`);
  } finally {
    await store.close();
  }
}

async function checkLocks(store: ObjectStore): Promise<void> {
  const { requireLocks } = await import('../../../vault/init-vault.ts');
  await requireLocks(store);
}

async function make(
  store: ObjectStore,
  located: LocatedVault,
  mnemonic: string,
  passphrase: string | undefined,
  context: CommandContext<InitFlags>,
) {
  const { flags, random, clock } = context;
  const { initVault } = await import('../../../vault/init-vault.ts');
  const { openLocatedStore } = await import('../../compose.ts');
  const { probeConditionalPut } = await import('../../../store/probe-conditional-put.ts');
  // The probe is made without a lock: it is to be removed again.
  const isConditional =
    store.capabilities.conditionalPut ||
    ((await isEmpty(store)) && (await probeConditionalPut(store, random)));
  const settings = await vaultSettings(flags, located.settings);
  const { lock } = settings;
  const locking = lock && { ...located, settings: { ...located.settings, lock } };
  const target = locking ? await openLocatedStore(locking, context) : store;
  try {
    return await initVault(target, {
      isConditional,
      mnemonic,
      suite: CIPHERS[flags.cipher],
      settings,
      random,
      clock,
      ...(passphrase !== undefined && { passphrase }),
    });
  } finally {
    if (target !== store) await target.close();
  }
}

/** What every writer of this vault is to respect. */
async function vaultSettings(
  flags: DataFlags & LockFlags,
  reach: StoreSettings,
): Promise<VaultSettings> {
  const { sseOf } = await import('../../compose.ts');
  const { DEFAULT_SETTINGS } = await import('../../../format/documents/settings.ts');
  const sse = sseOf(reach);
  const lock = lockOf(flags);
  return {
    compression: flags.compression ?? DEFAULT_SETTINGS.compression,
    packSizeBytes: flags.packSize ?? DEFAULT_SETTINGS.packSizeBytes,
    ...(sse !== undefined && { sse }),
    ...(reach.storageClass !== undefined && { storageClass: reach.storageClass }),
    ...(lock && { lock }),
  };
}

/** Checks the name before anything is made; the result saves under it. */
async function reserveName({ flags, io }: CommandContext<InitFlags>) {
  const { name } = flags;
  if (name === undefined) return undefined;
  const { SavedVaults } = await import('../../config/saved-vaults.ts');
  const vaults = await SavedVaults.open(io);
  vaults.checkFree(name);
  return ({ text, settings }: LocatedVault) => vaults.add(name, { location: text, settings });
}

/**
 * Words that are there already: only where a flag says so, for `CYBS3_MNEMONIC…` is for opening.
 */
async function existingWords(context: CommandContext<InitFlags>): Promise<string | undefined> {
  const { mnemonicFile, mnemonicCommand } = context.flags;
  if (mnemonicFile === undefined && mnemonicCommand === undefined) return undefined;
  const { findWords } = await import('../../../keys/sources/find-words.ts');
  const { out, signal } = context;
  const warn = (message: string): void => out.warn(message);
  return findWords({
    mnemonicFile,
    mnemonicCommand,
    env: {},
    uid: process.getuid?.(),
    warn,
    signal,
  });
}

async function newWords({ flags, random }: CommandContext<InitFlags>): Promise<string> {
  const { generateMnemonic } = await import('../../../crypto/mnemonic.ts');
  return generateMnemonic(Number(flags.words) as WordCount, random);
}

async function newPassphrase(context: CommandContext<InitFlags>): Promise<string | undefined> {
  const { flags, io, signal } = context;
  const { findPassphrase } = await import('../../../keys/sources/find-passphrase.ts');
  const { askNewPassphrase } = await import('../../prompts/ask.ts');
  if (flags.passphrasePrompt && !canAsk(io)) {
    throw new AppError('keys/none', 'there is no terminal to ask for the passphrase', {
      hint: 'give --passphrase-file instead',
    });
  }
  const ask = flags.passphrasePrompt ? () => askNewPassphrase(io, signal) : undefined;
  const { passphraseFile } = flags;
  return findPassphrase({ passphraseFile, env: io.env, uid: process.getuid?.(), ask });
}

/** A table for a terminal; elsewhere the words alone. */
async function show(mnemonic: string, context: CommandContext<InitFlags>): Promise<void> {
  const { io, out, flags, signal } = context;
  if (io.stdout.isTTY !== true) {
    protectRedirectedWords(io.stdout);
    return out.deliver(`${mnemonic}\n`, 'the words');
  }
  out.complain('Write these words down, in this order. They are the only key to the vault:\n');
  await out.deliver(`${wordsTable(mnemonic)}\n`, 'the words');
  if (!flags.confirm || !canAsk(io)) return;
  out.complain('Three of them, to be sure:');
  await confirmWords(mnemonic, io, signal);
}

async function isEmpty(store: ObjectStore): Promise<boolean> {
  for await (const _ of store.list('')) return false;
  return true;
}
