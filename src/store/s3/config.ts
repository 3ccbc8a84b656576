/**
 * What an S3 store has to be told, and what is refused before anything is sent.
 * @module
 */
import { AppError } from '../../base/failure.ts';
import { MiB } from '../../base/units.ts';
import type { ByteLimits } from '../limit.ts';
import type { RetryOptions } from '../retry.ts';

/** Server-side encryption to ask for, and to insist on, with every write. */
export interface ServerSideEncryption {
  readonly algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse';
  readonly kmsKeyId?: string;
  readonly kmsContext?: Readonly<Record<string, string>>;
  readonly bucketKey?: boolean;
}

/** Object Lock to ask for, and to insist on, with every write. */
export interface ObjectLock {
  /** Governance can be got round by who has the right to; compliance by nobody. */
  readonly mode: 'governance' | 'compliance';
  readonly days: number;
}

/** `auto`: CRC32 with AWS; elsewhere only where an operation cannot do without. */
export type ChecksumMode = 'auto' | 'when-supported' | 'when-required';

/** Everything but where. What is absent is left to the SDK: environment, profile, roles, IMDS. */
export interface S3Options {
  /** `https://host[:port]`; absent for AWS itself (or what `AWS_ENDPOINT_URL_S3` in `env` says). */
  readonly endpoint?: string;
  /** Default: as the SDK finds it, else `us-east-1`. */
  readonly region?: string;
  /** Default: true with an endpoint, false without. */
  readonly pathStyle?: boolean;
  readonly profile?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  /**
   * Read for the proxy (`HTTPS_PROXY`, `NO_PROXY` …) and the endpoint; the SDK reads the process's
   * own.
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** PEM file with the certificate authorities to trust instead of the usual ones. */
  readonly caFile?: string;
  /** Allows plain http to hosts other than this one. */
  readonly insecureHttp?: boolean;
  readonly sse?: ServerSideEncryption;
  /** SSE-C: 32 bytes, sent with every request for an object; the provider keeps only a digest. */
  readonly sseCustomerKey?: Uint8Array;
  readonly lock?: ObjectLock;
  /** For data packs; metadata always goes to the bucket's standard class. */
  readonly storageClass?: string;
  /** Requests and connections at once. Default 24. */
  readonly concurrency?: number;
  /** Default 10 s. */
  readonly connectTimeoutMs?: number;
  /** A request without a byte in either direction for so long is cut off. Default one minute. */
  readonly idleTimeoutMs?: number;
  readonly checksums?: ChecksumMode;
  /** What `probeConditionalPut` found. Default false. */
  readonly conditionalPut?: boolean;
  /** Up to here one PutObject, above it a parallel multipart upload. Default 8 MiB. */
  readonly singlePutBytes?: number;
  /** At least 5 MiB. Default 8 MiB. */
  readonly partBytes?: number;
  readonly limits?: ByteLimits;
  /** For pages of listings and parts of uploads; whole calls are retried by `RetryingStore`. */
  readonly retry?: RetryOptions | false;
}

export interface S3Config extends S3Options {
  readonly bucket: string;
  /** Empty, or components without a slash at either end. */
  readonly prefix: string;
}

/** A config that was checked, with its defaults filled in. */
export interface S3Settings extends S3Config {
  /** `s3://bucket/prefix` */
  readonly location: string;
  /** Who answers, for messages. */
  readonly host: string;
  readonly concurrency: number;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly singlePutBytes: number;
  readonly partBytes: number;
  readonly limits: ByteLimits;
}

/** The least that S3 takes as a part that is not the last. */
const SMALLEST_PART_BYTES = 5 * MiB;
/** The most that S3 takes in one PutObject, rounded down to what we would ever send. */
const LARGEST_PUT_BYTES = 1024 * MiB;

/**
 * Checks a config and fills in its defaults.
 * @throws AppError `store/config`; `store/insecure` for http to another host without `insecureHttp`
 */
export function settle(config: S3Config): S3Settings {
  const { bucket, prefix, env = {} } = config;
  const endpoint = config.endpoint ?? env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'];
  const url = endpoint === undefined ? undefined : parseEndpoint(endpoint);
  if (url) requireSafe(url.protocol, url.hostname, config.insecureHttp);
  checkCredentials(config);
  checkEncryption(config);
  return {
    ...config,
    ...(url && { endpoint: url.href }),
    location: prefix === '' ? `s3://${bucket}` : `s3://${bucket}/${prefix}`,
    host: url?.host ?? 'AWS S3',
    concurrency: atLeast(1, 'concurrency', config.concurrency ?? 24),
    connectTimeoutMs: atLeast(1, 'connect timeout', config.connectTimeoutMs ?? 10_000),
    idleTimeoutMs: atLeast(1, 'idle timeout', config.idleTimeoutMs ?? 60_000),
    singlePutBytes: Math.min(config.singlePutBytes ?? 32 * MiB, LARGEST_PUT_BYTES),
    partBytes: atLeast(SMALLEST_PART_BYTES, 'part size', config.partBytes ?? 16 * MiB),
    limits: config.limits ?? {},
  };
}

function atLeast(least: number, what: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new AppError('store/config', `the ${what} must be a whole number of at least ${least}`);
}

function parseEndpoint(text: string): URL {
  const url = URL.parse(/^[a-z]+:\/\//i.test(text) ? text : `https://${text}`);
  const plain = url && url.username === '' && url.password === '' && url.search === '';
  if (plain && (url.protocol === 'https:' || url.protocol === 'http:')) return url;
  throw new AppError('store/config', 'the endpoint is not a plain http(s) address', {
    hint: 'write it as https://host or https://host:port, without a bucket or keys',
  });
}

/**
 * Refuses plain http to anything but this machine.
 * @param protocol with its colon
 * @throws AppError `store/insecure`
 */
export function requireSafe(
  protocol: string,
  hostname: string,
  insecureHttp: boolean | undefined,
): void {
  if (protocol !== 'http:' || insecureHttp || isLoopback(hostname)) return;
  throw new AppError('store/insecure', `refused to talk to ${hostname} over plain http`, {
    hint: 'use an https endpoint, or --insecure-http where the network itself can be trusted',
  });
}

/** Whether that name always means this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function checkCredentials(config: S3Config): void {
  const { accessKeyId, secretAccessKey, profile } = config;
  const half = (accessKeyId === undefined) !== (secretAccessKey === undefined);
  if (half) throw new AppError('store/config', 'an access key id and its secret belong together');
  if (accessKeyId !== undefined && profile !== undefined) {
    throw new AppError('store/config', 'give either an access key or a profile, not both');
  }
}

function checkEncryption({ sse, sseCustomerKey }: S3Config): void {
  const wrong = (why: string) => new AppError('store/config', why);
  if (sseCustomerKey && sseCustomerKey.length !== 32) throw wrong('an SSE-C key has 32 bytes');
  if (sseCustomerKey && sse) throw wrong('give either an SSE-C key or --sse, not both');
  const kmsOnly = sse?.kmsKeyId ?? sse?.kmsContext ?? sse?.bucketKey;
  if (sse?.algorithm === 'AES256' && kmsOnly !== undefined) {
    throw wrong('a KMS key, context or bucket key needs --sse aws:kms or aws:kms:dsse');
  }
}
