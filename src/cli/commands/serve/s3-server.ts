/**
 * `cybs3 serve s3`, serving.
 * @module
 */
import { AppError, messageOf } from '../../../base/failure.ts';
import { isLoopback } from '../../../servers/http/is-loopback.ts';
import type { KmsClientOptions } from '../../../servers/s3/encryption/open-kms-client.ts';
import { serveS3 } from '../../../servers/s3/serve-s3.ts';
import type { CommandContext } from '../../command.ts';
import { listenSettings } from './listen-options.ts';
import { findMasterKey } from './master-key-options.ts';
import { CLOSE_GRACE_MS, serveUntilStopped } from './run-server.ts';
import type { S3Flags } from './s3.ts';

/** Until a signal comes. */
export async function runS3Server(context: CommandContext<S3Flags>, folder: string): Promise<void> {
  const { flags, out, clock, random, programVersion } = context;
  const listening = await listenSettings(flags);
  const kms = kmsSettings(context);
  using masterKey = await findMasterKey(context);
  const server = await serveS3({
    folder,
    masterKey,
    region: flags.region,
    domains: flags.domain ?? [],
    listen: { ...listening, closeGraceMs: CLOSE_GRACE_MS },
    kms,
    monitor: flags.monitor,
    accessLogFile: flags.accessLog,
    auditLogFile: flags.auditLog,
    programVersion,
    clock,
    random,
    onError: (error, where) => out.warn(`${where}: ${messageOf(error)}`),
  });
  if (server.accessKeys.list().length === 0) {
    out.warn('there is no access key yet: every request is refused; make one with --add-key');
  }
  await serveUntilStopped(server, context);
}

/** Undefined: no KMS is asked, and SSE-KMS refused. */
export function kmsSettings({ flags, io }: CommandContext<S3Flags>): KmsClientOptions | undefined {
  const { kmsEndpoint: endpoint, kmsRegion, kmsKeyId: defaultKeyId } = flags;
  if (endpoint === undefined && kmsRegion === undefined) {
    if (defaultKeyId === undefined) return undefined;
    throw new AppError('usage', '--kms-key-id needs a KMS', {
      hint: 'give --kms-endpoint URL, or --kms-region NAME for AWS’s own',
    });
  }
  if (endpoint !== undefined) requireSafe(endpoint, flags.insecureHttp);
  const accessKeyId = io.env['CYBS3_KMS_ACCESS_KEY_ID'];
  const secretAccessKey = io.env['CYBS3_KMS_SECRET_ACCESS_KEY'];
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    throw new AppError('usage', 'an access key id of the KMS and its secret belong together', {
      hint: 'set both CYBS3_KMS_ACCESS_KEY_ID and CYBS3_KMS_SECRET_ACCESS_KEY, or neither',
    });
  }
  const credentials =
    accessKeyId !== undefined && secretAccessKey !== undefined
      ? { accessKeyId, secretAccessKey }
      : undefined;
  return { endpoint, region: kmsRegion ?? flags.region, credentials, defaultKeyId };
}

/** A KMS answers with keys as they are: nobody must be able to listen in. */
function requireSafe(endpoint: string, allowsInsecureHttp = false): void {
  const url = URL.parse(endpoint);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new AppError('usage', 'the endpoint of the KMS is no http(s) address', {
      hint: 'write it as https://host:port',
    });
  }
  const isSafe = url.protocol === 'https:' || isLoopback(url.hostname.replace(/^\[|\]$/g, ''));
  if (isSafe || allowsInsecureHttp) return;
  throw new AppError('serve/config', 'refused to ask a KMS for keys over plain http', {
    hint: 'use an https endpoint, or --insecure-http where nobody can listen in',
  });
}
