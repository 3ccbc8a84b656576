/**
 * How to reach a store: every setting declared once, with its flag, its environment variable and
 * its name in the saved config. Flags, `vault add` and the order "flag, environment, saved,
 * default" come from here.
 * @module
 */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { AppError } from '../../base/failure.ts';
import type { LockSettings } from '../../format/documents/settings.ts';
import { collectPairs, rate, yesNo } from './parse.ts';

export const SSE_ALGORITHMS = ['AES256', 'aws:kms', 'aws:kms:dsse'] as const;
export const CHECKSUM_MODES = ['auto', 'when-supported', 'when-required'] as const;

/** All optional: what is absent is left to the store and the SDK. None of it is secret. */
export interface StoreSettings {
  readonly endpoint?: string;
  readonly region?: string;
  readonly pathStyle?: boolean;
  readonly profile?: string;
  readonly caFile?: string;
  readonly insecureHttp?: boolean;
  readonly checksums?: (typeof CHECKSUM_MODES)[number];
  readonly sse?: (typeof SSE_ALGORITHMS)[number];
  readonly sseKmsKeyId?: string;
  readonly sseKmsContext?: Readonly<Record<string, string>>;
  readonly bucketKey?: boolean;
  /** A file that holds the 32 bytes of an SSE-C key, or them in base64. */
  readonly sseCKeyFile?: string;
  readonly storageClass?: string;
  /** Bytes per second. */
  readonly limitUpload?: number;
  readonly limitDownload?: number;
  /** Never a flag, a variable or saved: the vault's own settings say it. */
  readonly lock?: LockSettings;
}

type SettingName = Exclude<keyof StoreSettings, 'lock'>;

interface Setting {
  readonly name: SettingName;
  readonly flags: string;
  readonly env: string;
  readonly help: string;
  readonly kind: 'text' | 'switch' | 'rate' | 'pairs';
  readonly choices?: readonly string[];
  /** Also accept `--no-…`, for what is on by default somewhere. */
  readonly negatable?: string;
}

const SETTINGS: readonly Setting[] = [
  {
    name: 'endpoint',
    flags: '--endpoint <url>',
    env: 'CYBS3_ENDPOINT',
    help: "the S3 server's address, where it is not Amazon's",
    kind: 'text',
  },
  {
    name: 'region',
    flags: '--region <name>',
    env: 'CYBS3_REGION',
    help: "the bucket's region",
    kind: 'text',
  },
  {
    name: 'profile',
    flags: '--profile <name>',
    env: 'CYBS3_PROFILE',
    help: 'the profile of the AWS config and credentials files',
    kind: 'text',
  },
  {
    name: 'pathStyle',
    flags: '--path-style',
    env: 'CYBS3_PATH_STYLE',
    help: 'name the bucket in the path (default with --endpoint)',
    kind: 'switch',
    negatable: 'name the bucket in the host name',
  },
  {
    name: 'caFile',
    flags: '--ca-file <file>',
    env: 'CYBS3_CA_FILE',
    help: 'PEM file of the certificates to trust',
    kind: 'text',
  },
  {
    name: 'insecureHttp',
    flags: '--insecure-http',
    env: 'CYBS3_INSECURE_HTTP',
    help: 'allow an http:// endpoint that is not on this machine',
    kind: 'switch',
  },
  {
    name: 'checksums',
    flags: '--checksums <mode>',
    env: 'CYBS3_CHECKSUMS',
    help: 'upload checksums',
    kind: 'text',
    choices: CHECKSUM_MODES,
  },
  {
    name: 'sse',
    flags: '--sse <algorithm>',
    env: 'CYBS3_SSE',
    help: 'server-side encryption, on top of ours; verified on every write',
    kind: 'text',
    choices: SSE_ALGORITHMS,
  },
  {
    name: 'sseKmsKeyId',
    flags: '--sse-kms-key-id <id>',
    env: 'CYBS3_SSE_KMS_KEY_ID',
    help: 'the KMS key for --sse aws:kms',
    kind: 'text',
  },
  {
    name: 'sseKmsContext',
    flags: '--sse-kms-context <k=v>',
    env: 'CYBS3_SSE_KMS_CONTEXT',
    help: 'encryption context for --sse aws:kms (repeatable)',
    kind: 'pairs',
  },
  {
    name: 'bucketKey',
    flags: '--bucket-key',
    env: 'CYBS3_BUCKET_KEY',
    help: 'use an S3 Bucket Key with --sse aws:kms',
    kind: 'switch',
  },
  {
    name: 'sseCKeyFile',
    flags: '--sse-c-key-file <file>',
    env: 'CYBS3_SSE_C_KEY_FILE',
    help: 'SSE-C with the key in this file (32 bytes, raw or base64)',
    kind: 'text',
  },
  {
    name: 'storageClass',
    flags: '--storage-class <name>',
    env: 'CYBS3_STORAGE_CLASS',
    help: 'for file contents; metadata stays in STANDARD',
    kind: 'text',
  },
  {
    name: 'limitUpload',
    flags: '--limit-upload <rate>',
    env: 'CYBS3_LIMIT_UPLOAD',
    help: 'at most so many bytes a second, such as 5M',
    kind: 'rate',
  },
  {
    name: 'limitDownload',
    flags: '--limit-download <rate>',
    env: 'CYBS3_LIMIT_DOWNLOAD',
    help: 'at most so many bytes a second',
    kind: 'rate',
  },
];

/** Adds the flags of all store settings to a command. */
export function addStoreOptions(command: Command): void {
  for (const setting of SETTINGS) {
    const option = new Option(setting.flags, `${setting.help} [${setting.env}]`);
    if (setting.choices) option.choices(setting.choices);
    else if (setting.kind === 'rate') option.argParser(rate);
    else if (setting.kind === 'pairs') option.argParser(collectPairs);
    command.addOption(option.helpGroup('Store:'));
    if (setting.negatable === undefined) continue;
    const opposite = new Option(setting.flags.replace('--', '--no-'), setting.negatable);
    // Commander would make the positive switch true by default because a negative one exists.
    command.addOption(opposite.default(undefined).helpGroup('Store:'));
  }
}

/** The settings among a command's parsed flags. */
export function storeSettingsOf(flags: object): StoreSettings {
  return pick((setting) => (flags as Partial<Record<SettingName, unknown>>)[setting.name]);
}

/** The settings that `CYBS3_*` variables give. Throws `usage` naming the variable. */
export function storeSettingsFromEnv(env: Readonly<Record<string, string | undefined>>) {
  return pick((setting) => {
    const text = env[setting.env];
    if (text === undefined || text === '') return undefined;
    try {
      return parseText(setting, text);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      throw new AppError('usage', `${setting.env} is not valid`, { hint: error.message });
    }
  });
}

/** The settings among what somebody else wrote down; anything of a wrong type throws `usage`. */
export function storeSettingsFromSaved(saved: Readonly<Record<string, unknown>>): StoreSettings {
  return pick((setting) => {
    const value = saved[setting.name];
    if (value === undefined || isOfKind(setting, value)) return value;
    throw new AppError('usage', `the saved setting ${setting.name} is not valid`, {
      hint: 'remove the saved vault with `cybs3 vault remove` and add it again',
    });
  });
}

function pick(valueOf: (setting: Setting) => unknown): StoreSettings {
  const found = SETTINGS.map((setting) => [setting.name, valueOf(setting)] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined)) as StoreSettings;
}

function parseText(setting: Setting, text: string): unknown {
  if (setting.choices && !setting.choices.includes(text)) {
    throw new InvalidArgumentError(`Allowed choices are ${setting.choices.join(', ')}.`);
  }
  if (setting.kind === 'switch') return yesNo(text);
  if (setting.kind === 'rate') return rate(text);
  if (setting.kind !== 'pairs') return text;
  return text.split(',').reduce((all, pair) => collectPairs(pair, all), {});
}

function isOfKind(setting: Setting, value: unknown): boolean {
  switch (setting.kind) {
    case 'switch':
      return typeof value === 'boolean';
    case 'rate':
      return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
    case 'pairs':
      return (
        typeof value === 'object' &&
        value !== null &&
        Object.values(value).every((one) => typeof one === 'string')
      );
    case 'text':
      return typeof value === 'string' && (setting.choices?.includes(value) ?? true);
  }
}
