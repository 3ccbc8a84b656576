/**
 * From what a person typed to a store ready for use: location, limits and retries put together.
 * @module
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError, messageOf } from '../base/failure.ts';
import { Throttle } from './limit.ts';
import type { ByteLimits } from './limit.ts';
import type { ObjectStore } from './port.ts';
import { RetryingStore } from './retry.ts';
import type { RetryOptions } from './retry.ts';
import type { S3Options } from './s3/config.ts';

export type StoreLocation =
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string }
  | { readonly kind: 'directory'; readonly path: string };

export interface StoreConfig {
  /** Settings for `s3://` locations; the others ignore them. */
  readonly s3?: Omit<S3Options, 'limits' | 'retry'>;
  readonly limitUploadBytesPerSecond?: number;
  readonly limitDownloadBytesPerSecond?: number;
  /** `false`: a failure is final at once. */
  readonly retry?: RetryOptions | false;
}

/** AWS: 3 to 63; Ceph and others also know capitals, underscores and up to 255. */
const bucketName = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;
const prefixPart = /^[A-Za-z0-9!_.*'()=@+, -]+$/;
const MAX_PREFIX_CHARACTERS = 400;

/**
 * Understands `s3://bucket[/prefix]`, `file:///path` and plain paths (`~/` is the home directory).
 * @throws AppError `usage`; what was typed is not repeated, for it may hold a secret
 */
export function parseLocation(text: string): StoreLocation {
  if (text === '') throw badLocation('it is empty');
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return { kind: 'directory', path: expandHome(text) };
  if (scheme === 's3') return parseS3(text.slice('s3://'.length));
  if (scheme === 'file') return parseFileUrl(text);
  throw badLocation(`${scheme}:// is not known`);
}

function parseS3(rest: string): StoreLocation {
  const [bucket = '', ...parts] = rest.replace(/\/+$/, '').split('/');
  if (!bucketName.test(bucket) || bucket.includes('..')) throw badLocation('no such bucket name');
  for (const part of parts) {
    const plain = prefixPart.test(part) && part !== '.' && part !== '..';
    if (!plain) throw badLocation('its prefix has an empty, relative or unusual component');
  }
  const prefix = parts.join('/');
  if (prefix.length > MAX_PREFIX_CHARACTERS) throw badLocation('its prefix is too long');
  return { kind: 's3', bucket, prefix };
}

function parseFileUrl(text: string): StoreLocation {
  try {
    return { kind: 'directory', path: fileURLToPath(text) };
  } catch (error) {
    throw badLocation(messageOf(error));
  }
}

function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}

function badLocation(why: string): AppError {
  return new AppError('usage', `this is not a location of a vault: ${why}`, {
    hint: 'write s3://bucket/prefix, file:///path or a directory path',
  });
}

/**
 * Opens the store at a location: limits inside, retries outside. Nothing is asked of it yet.
 * @throws AppError `store/config`, `store/insecure`, `store/denied` (no credentials)
 */
export async function openStore(
  location: StoreLocation,
  config: StoreConfig = {},
): Promise<ObjectStore> {
  const limits: ByteLimits = {
    ...throttle('upload', config.limitUploadBytesPerSecond),
    ...throttle('download', config.limitDownloadBytesPerSecond),
  };
  const store = await openPlain(location, config, limits);
  return config.retry === false ? store : new RetryingStore(store, config.retry);
}

async function openPlain(
  location: StoreLocation,
  config: StoreConfig,
  limits: ByteLimits,
): Promise<ObjectStore> {
  if (location.kind === 'directory') {
    const { DirectoryStore } = await import('./directory.ts');
    return new DirectoryStore(location.path, limits);
  }
  const { openS3Store } = await import('./s3/open-s3-store.ts');
  const { bucket, prefix } = location;
  const { retry } = config;
  return openS3Store({
    ...config.s3,
    bucket,
    prefix,
    limits,
    ...(retry !== undefined && { retry }),
  });
}

function throttle(direction: 'upload' | 'download', bytesPerSecond: number | undefined) {
  return bytesPerSecond === undefined
    ? undefined
    : { [direction]: new Throttle({ bytesPerSecond }) };
}
