/**
 * Puts the parts together: from flags, environment and settings to an opened store and vault.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, messageOf } from '../base/failure.ts';
import { GiB } from '../base/units.ts';
import { findPassphrase } from '../keys/sources/find-passphrase.ts';
import { findWords } from '../keys/sources/find-words.ts';
import { CacheFolder } from '../store/cache/cache-folder.ts';
import { CachingStore } from '../store/cache/caching-store.ts';
import { openStore, type StoreConfig } from '../store/open-store.ts';
import type { ObjectStore } from '../store/port.ts';
import { GC_PREFIX, INDEX_PREFIX, SNAPSHOT_PREFIX } from '../vault/pack-key.ts';
import type { Vault } from '../vault/vault.ts';
import type { CommandContext } from './command.ts';
import { locateVault, type LocatedVault } from './config/locate.ts';
import { cachePath } from './config/cache-path.ts';
import { statePath } from './config/state-path.ts';
import type { CacheFlags, WordsFlags } from './options/vault-options.ts';
import type { StoreSettings } from './options/store-settings.ts';
import { askPassphrase, askWords, canAsk } from './prompts/ask.ts';

const SSE_CUSTOMER_KEY_BYTES = 32;

export interface Needs {
  /** Writing also needs what the vault's own settings demand of every write. */
  readonly writes: boolean;
  /** Stdin holds data: nobody can be asked there. */
  readonly stdinIsData?: boolean;
  /** Default true; the snapshots are listed by every command. */
  readonly readsIndex?: boolean;
  /** To mend `vault.json` and key slots: no damage of them is in the way. Default false. */
  readonly mendsRoots?: boolean;
  /** Only what the store itself gives now will do. Default false. */
  readonly noCache?: boolean;
  /** Called when the store was asked and has not answered yet: a good moment to load code. */
  readonly meanwhile?: () => Promise<unknown>;
}

/** What is asked is on its way by then: files of settings are read before, and a connection is made. */
const ASKED_MS = 4;

/** Loads code when what the store was just asked is on its way: loading holds up everything else. */
export async function whileAsked<T>(load: () => Promise<T>): Promise<T> {
  await sleep(ASKED_MS);
  return load();
}

/** What one vault's copies may take. */
const CACHE_BYTES_MAX = 2 * GiB;

/**
 * What unlocks a vault. Strings cannot be wiped: they are dropped as soon as the keys are derived.
 */
interface Unlock {
  readonly mnemonic: string;
  readonly passphrase?: string;
}

/**
 * Opens the vault that the command line means. Disposing of it closes the store and wipes the keys.
 * @throws AppError `usage`, `keys/…`, `vault/…`, `store/…`
 */
export async function openNamedVault(
  context: CommandContext<WordsFlags & CacheFlags>,
  needs: Needs,
): Promise<Vault> {
  const located = await locateVault(context);
  const unlock = await findUnlock(context, needs.stdinIsData !== true);
  const vault = await unlockAt(located, unlock, context, needs);
  warnOfRoots(vault, context, needs);
  const settings = needs.writes ? withVaultDemands(located.settings, vault) : located.settings;
  if (settings === located.settings) return vault;
  await vault[Symbol.asyncDispose]();
  return unlockAt({ ...located, settings }, unlock, context, needs);
}

/** Readers go on with what the key slots say. */
function warnOfRoots({ rootsDamage }: Vault, { out }: CommandContext<object>, needs: Needs): void {
  if (!rootsDamage || needs.mendsRoots) return;
  const { message, hint } = rootsDamage;
  out.warn(hint === undefined ? message : `${message}: ${hint}`);
}

/** Opens the store at a place; the vault in it, if any, stays closed. */
export async function openLocatedStore(
  { location, settings }: LocatedVault,
  context: CommandContext<object>,
): Promise<ObjectStore> {
  return openStore(location, await storeConfig(settings, context.io.env));
}

/**
 * Makes the bucket of a place, where it is not there.
 * @throws AppError `usage` where a place has no bucket; `store/…`
 */
export async function makeBucket(
  { location, settings }: LocatedVault,
  context: CommandContext<object>,
  locks: boolean,
): Promise<void> {
  if (location.kind !== 's3') {
    throw new AppError('usage', '--create-bucket is for s3://…: a folder is made by itself');
  }
  const { createBucket } = await import('../store/s3/create-bucket.ts');
  const { s3 } = await storeConfig(settings, context.io.env);
  const { bucket, prefix } = location;
  await createBucket({ ...s3, bucket, prefix }, { locks, signal: context.signal });
}

async function unlockAt(
  located: LocatedVault,
  unlock: Unlock,
  context: CommandContext<CacheFlags>,
  needs: Needs,
): Promise<Vault> {
  const { openVault } = await import('../vault/open-vault.ts');
  const plain = await openLocatedStore(located, context);
  const path = cachePath(context.flags, context.io);
  const isCached = path !== undefined && !needs.noCache && located.location.kind !== 'directory';
  const store = isCached ? new CachingStore(plain) : plain;
  try {
    const { random, clock, signal } = context;
    const { writes, mendsRoots = false } = needs;
    const forReading = !writes;
    const listAhead = listedAhead(needs);
    const options = { ...unlock, random, clock, signal, forReading, mendsRoots, listAhead };
    const loading = whileAsked(async () => {
      const watch = await loadWatch();
      // What has been answered by now leads to the next question.
      if (needs.meanwhile) await whileAsked(needs.meanwhile);
      return watch;
    });
    const [vault, watch] = await Promise.all([openVault(store, options), loading]);
    if (store instanceof CachingStore && path !== undefined) {
      await store.use(new CacheFolder(join(path, vault.vaultId), CACHE_BYTES_MAX, clock));
    }
    return watch(vault, context);
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** In the order in which they have to be listed. Writers want to know what is recorded when they need it. */
function listedAhead({ writes, readsIndex = true, noCache = false }: Needs): string[] {
  if (!readsIndex) return [SNAPSHOT_PREFIX];
  const records = writes || noCache ? [] : [GC_PREFIX];
  return [SNAPSHOT_PREFIX, INDEX_PREFIX, ...records];
}

/** What looks on, and raises an alarm where snapshots vanish that were not forgotten. */
async function loadWatch() {
  const [{ watched }, { seenFile }, { showAlarms }] = await Promise.all([
    import('../vault/history/snapshot-memory.ts'),
    import('./config/seen-file.ts'),
    import('./render/alarm-text.ts'),
  ]);
  return (vault: Vault, { io, out, random, signal }: CommandContext<object>): Vault => {
    const file = seenFile(join(statePath(io), `seen-${vault.vaultId}`), random);
    const onAlarms = (alarms: Parameters<typeof showAlarms>[1]): void => showAlarms(out, alarms);
    return watched(vault, { file, onAlarms, signal });
  };
}

/**
 * The vault once more, over a store that does for each write what the vault's settings demand: for commands that read,
 * and have something to write down in the end. Disposing of it leaves the vault as it is.
 * @throws AppError where the settings, `vault.json` or the key slots are damaged: then nobody may write
 */
export async function openForRecords(
  context: CommandContext<object>,
  vault: Vault,
): Promise<Vault> {
  if (vault.rootsDamage) throw vault.rootsDamage;
  const { fetchSettings, newestSettings } = await import('../vault/load-settings.ts');
  const files = await fetchSettings(vault.store, context.signal);
  const { settings, damage } = newestSettings(vault.keys, files);
  if (damage) throw damage;
  const located = await locateVault(context);
  const demanded = withVaultDemands(located.settings, { ...vault, settings });
  const store = await openLocatedStore({ ...located, settings: demanded }, context);
  return { ...vault, settings, store, [Symbol.asyncDispose]: () => store.close() };
}

async function findUnlock(
  { flags, io, out, signal }: CommandContext<WordsFlags>,
  mayAsk: boolean,
): Promise<Unlock> {
  const asks = mayAsk && canAsk(io);
  const common = { env: io.env, uid: process.getuid?.() };
  const mnemonic = await findWords({
    ...common,
    mnemonicFile: flags.mnemonicFile,
    mnemonicCommand: flags.mnemonicCommand,
    ask: asks ? () => askWords(io, signal) : undefined,
    warn: (message) => out.warn(message),
    signal,
  });
  if (flags.passphrasePrompt && !asks) {
    throw new AppError('keys/none', 'there is no terminal to ask for the passphrase', {
      hint: 'give --passphrase-file instead',
    });
  }
  const passphrase = await findPassphrase({
    ...common,
    passphraseFile: flags.passphraseFile,
    ask: flags.passphrasePrompt ? () => askPassphrase(io, signal) : undefined,
  });
  return { mnemonic, ...(passphrase !== undefined && { passphrase }) };
}

/**
 * What the vault wants for each write, where flags, environment and saved config say nothing else.
 */
function withVaultDemands(settings: StoreSettings, { settings: demands }: Vault): StoreSettings {
  const { lock, sse, storageClass } = demands;
  const addSse = sse !== undefined && settings.sse === undefined;
  const addClass = storageClass !== undefined && settings.storageClass === undefined;
  if (!addSse && !addClass && !lock) return settings;
  return {
    ...settings,
    ...(lock && { lock }),
    ...(addClass && { storageClass }),
    ...(addSse && {
      sse: sse.algorithm,
      ...(sse.kmsKeyId !== undefined && { sseKmsKeyId: sse.kmsKeyId }),
      ...(sse.kmsContext !== undefined && { sseKmsContext: sse.kmsContext }),
      ...(sse.bucketKey !== undefined && { bucketKey: sse.bucketKey }),
    }),
  };
}

/** The settings' `sse…` as one value, or undefined without `sse`. */
export function sseOf(settings: StoreSettings) {
  const { sse: algorithm, sseKmsKeyId, sseKmsContext, bucketKey } = settings;
  if (algorithm === undefined) {
    if (sseKmsKeyId === undefined && sseKmsContext === undefined && !bucketKey) return undefined;
    throw new AppError('usage', 'the settings for server-side encryption lack --sse', {
      hint: 'add --sse aws:kms',
    });
  }
  return {
    algorithm,
    ...(sseKmsKeyId !== undefined && { kmsKeyId: sseKmsKeyId }),
    ...(sseKmsContext !== undefined && { kmsContext: sseKmsContext }),
    ...(bucketKey !== undefined && { bucketKey }),
  };
}

async function storeConfig(
  settings: StoreSettings,
  env: Readonly<Record<string, string | undefined>>,
): Promise<StoreConfig> {
  const { endpoint, region, pathStyle, profile, caFile, insecureHttp, storageClass } = settings;
  const { checksums, lock, sseCKeyFile, limitUpload, limitDownload } = settings;
  const sse = sseOf(settings);
  const s3 = {
    env,
    ...defined({ endpoint, region, pathStyle, profile, caFile, insecureHttp }),
    ...defined({ storageClass, checksums, sse, lock }),
    ...(sseCKeyFile !== undefined && { sseCustomerKey: await readCustomerKey(sseCKeyFile) }),
  };
  return {
    s3,
    ...(limitUpload !== undefined && { limitUploadBytesPerSecond: limitUpload }),
    ...(limitDownload !== undefined && { limitDownloadBytesPerSecond: limitDownload }),
  };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function defined<T extends object>(fields: T): Defined<T> {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as Defined<T>;
}

/** 32 bytes as they are, or in base64 with white space around. */
async function readCustomerKey(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new AppError('usage', `cannot read ${path}: ${messageOf(cause)}`, { cause });
  });
  if (bytes.length === SSE_CUSTOMER_KEY_BYTES) return bytes;
  const text = bytes.toString('latin1').trim();
  const key = Buffer.from(text, 'base64');
  if (key.length === SSE_CUSTOMER_KEY_BYTES && key.toString('base64') === text) return key;
  throw new AppError('usage', `${path} does not hold an SSE-C key`, {
    hint: 'it needs 32 bytes, or them in base64: `openssl rand -base64 32`',
  });
}
