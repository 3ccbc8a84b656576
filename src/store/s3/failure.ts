/**
 * What an error of the SDK, the server or the network means, in our words. Servers often say no
 * more than a status, and the SDK then says "UnknownError": the status, the code and the host are
 * always named here.
 * @module
 */
import { AppError } from '../../base/failure.ts';
import type { FailureCode, FailureOptions } from '../../base/failure.ts';
import { interrupted } from '../outcome.ts';

export interface RequestContext {
  /** What was being done, to what: `write data/ab/… to s3://bucket`. */
  readonly doing: string;
  readonly host: string;
  readonly signal: AbortSignal | undefined;
  /** Whether this host has ever answered us. */
  readonly answered: boolean;
}

interface Facts {
  readonly code: string;
  readonly status: number | undefined;
  readonly message: string;
  readonly region: string | undefined;
  readonly clockCorrected: boolean;
}

interface Meaning {
  readonly code: FailureCode;
  readonly hint?: string;
  readonly retry?: 'soon';
}

const soon: Meaning = { code: 'store/unavailable', retry: 'soon' };
const corrupted: Meaning = { code: 'store/checksum', retry: 'soon' };
const full: Meaning = { code: 'store/full', hint: 'raise the quota or free some space' };
const keysHint = 'check the access key, its secret, and what they may do in this bucket';
const denied: Meaning = { code: 'store/denied', hint: keysHint };
const noKeys: Meaning = {
  code: 'store/denied',
  hint: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with --profile',
};
const untrusted: Meaning = {
  code: 'store/insecure',
  hint: 'give the certificate authority of this server with --ca-file',
};
const notS3: Meaning = {
  code: 'store/config',
  hint: 'check the endpoint: what answers there does not speak S3',
};

/** By the server's error code, or the network's. */
const byCode: Readonly<Record<string, Meaning>> = {
  NoSuchKey: { code: 'store/not-found' },
  NotFound: { code: 'store/not-found' },
  NoSuchBucket: { code: 'store/no-bucket', hint: 'create the bucket, or check its name' },
  BucketAlreadyOwnedByYou: { code: 'store/exists' },
  BucketAlreadyExists: {
    code: 'store/exists',
    hint: 'somebody else has a bucket of that name: choose another name',
  },
  NoSuchUpload: soon,
  PreconditionFailed: { code: 'store/exists' },
  ConditionalRequestConflict: soon,
  OperationAborted: soon,
  RequestTimeout: soon,
  RequestTimeTooSkewed: { code: 'store/denied', hint: 'set the clock of this machine right' },
  SlowDown: soon,
  Throttling: soon,
  ThrottlingException: soon,
  TooManyRequests: soon,
  InternalError: soon,
  ServiceUnavailable: soon,
  BadDigest: corrupted,
  IncompleteBody: corrupted,
  XAmzContentSHA256Mismatch: corrupted,
  InvalidDigest: corrupted,
  QuotaExceeded: full,
  InsufficientStorage: full,
  XMinioStorageFull: full,
  ExpiredToken: { code: 'store/denied', hint: 'the session has expired: sign in again' },
  InvalidObjectState: {
    code: 'store/rejected',
    hint: 'the object lies in an archive class: have the provider restore it first',
  },
  CredentialsProviderError: noKeys,
  TokenProviderError: noKeys,
  ENOTFOUND: soon,
  ECONNREFUSED: soon,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_HAS_EXPIRED: { code: 'store/insecure', hint: "the server's certificate must be renewed" },
  CERT_NOT_YET_VALID: { code: 'store/insecure', hint: 'check the clock of this machine' },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    code: 'store/insecure',
    hint: 'use the host name of the certificate, or --path-style where the bucket is part of it',
  },
  EPROTO: notS3,
  ERR_SSL_WRONG_VERSION_NUMBER: notS3,
};

/**
 * Wraps whatever a request threw; an `AppError` passes through unchanged.
 * @returns `interrupted` where the signal is aborted
 */
export function s3Failure(error: unknown, context: RequestContext): AppError {
  if (error instanceof AppError) return error;
  if (context.signal?.aborted) return interrupted();
  const facts = factsOf(error);
  const meaning = meaningOf(facts, context);
  const options: FailureOptions = {
    cause: bare(error),
    ...(meaning.hint !== undefined && { hint: meaning.hint }),
    ...(meaning.retry && { retry: meaning.retry }),
    detail: {
      ...(facts.code !== '' && { s3Code: facts.code }),
      ...(facts.status !== undefined && { httpStatus: facts.status }),
      host: context.host,
    },
  };
  return new AppError(meaning.code, `could not ${context.doing}: ${told(facts, context)}`, options);
}

/**
 * The error without what hangs on it: the response leads to the request, and that to keys in its
 * headers.
 */
function bare(error: unknown): Error {
  const cause = new Error(textAt(error, 'message'));
  cause.name = textAt(error, 'name') || 'Error';
  if (error instanceof Error && error.stack !== undefined) cause.stack = error.stack;
  return cause;
}

function meaningOf(facts: Facts, context: RequestContext): Meaning {
  const { code, status } = facts;
  const elsewhere = facts.region;
  if (elsewhere !== undefined && (status === 301 || status === 400)) {
    return { code: 'store/config', hint: `the bucket is in another region: --region ${elsewhere}` };
  }
  if (code === 'RequestTimeTooSkewed' && facts.clockCorrected) return soon;
  // A name that never resolved is mistyped more often than not; later it is the network.
  if (code === 'ENOTFOUND' && !context.answered) {
    return { code: 'store/unavailable', hint: 'check the endpoint and the network' };
  }
  return byCode[code] ?? byStatus(status);
}

function byStatus(status: number | undefined): Meaning {
  // No answer at all, or one that broke off.
  if (status === undefined) return soon;
  if (status === 401 || status === 403) return denied;
  if (status === 404) return { code: 'store/not-found' };
  if (status === 412) return { code: 'store/exists' };
  if (status === 507) return full;
  if (status === 408 || status === 429 || (status >= 500 && status !== 501)) return soon;
  if (status >= 300 && status < 400) {
    return { code: 'store/config', hint: 'check the endpoint, the region and --path-style' };
  }
  return status < 300 ? notS3 : { code: 'store/rejected' };
}

/** What was said, and by whom. */
function told(facts: Facts, { host }: RequestContext): string {
  const { code, status, message } = facts;
  const text = message === '' || message === code ? '' : `: ${message}`;
  if (status === undefined) {
    return code === ''
      ? `no answer from ${host}${text}`
      : `no answer from ${host} (${code})${text}`;
  }
  return `${host} answered ${code === '' ? '' : `${code}, `}HTTP ${status}${text}`;
}

const empty = new Set(['', 'Error', 'Unknown', 'UnknownError', 'undefined']);

function factsOf(error: unknown): Facts {
  const status = numberAt(objectAt(error, '$metadata'), 'httpStatusCode');
  const systemCode = textAt(error, 'code');
  const names = [systemCode, textAt(error, 'Code'), textAt(error, 'name')];
  // A status is the name of an error that came without a body.
  const name = names.find((text) => !empty.has(text) && !/^\d+$/.test(text)) ?? '';
  const headers = objectAt(objectAt(error, '$response'), 'headers');
  const region = textAt(headers, 'x-amz-bucket-region') || textAt(error, 'Region');
  return {
    code: tidy(name, 60),
    status,
    message: plainMessage(textAt(error, 'message')),
    region: /^[a-z0-9-]{1,40}$/.test(region) ? region : undefined,
    clockCorrected: objectAt(error, '$metadata')?.['clockSkewCorrected'] === true,
  };
}

function plainMessage(message: string): string {
  if (empty.has(message)) return '';
  // The SDK's advice on its own settings helps nobody here.
  const [first = ''] = message.replace(/^@smithy\/node-http-handler - /, '').split('\n');
  return tidy(first, 200);
}

/** A server may say anything: nothing of it may steer a terminal. */
function tidy(text: string, length: number): string {
  return text.replace(/[^\x20-\x7e\u00a0-\uffff]/g, ' ').slice(0, length);
}

function objectAt(value: unknown, name: string): Record<string, unknown> | undefined {
  const found = isObject(value) ? value[name] : undefined;
  return isObject(found) ? found : undefined;
}

function textAt(value: unknown, name: string): string {
  const found = isObject(value) ? value[name] : undefined;
  return typeof found === 'string' ? found : '';
}

function numberAt(value: unknown, name: string): number | undefined {
  const found = isObject(value) ? value[name] : undefined;
  return typeof found === 'number' ? found : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
