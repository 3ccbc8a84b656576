/**
 * A KMS with the AWS API, ours or AWS's own, reached through the AWS SDK. The SDK is loaded at the
 * first request that needs it.
 * @module
 */
import type { KMSClient } from '@aws-sdk/client-kms';
import { S3Error } from '../protocol/s3-error.ts';
import type { EncryptionContext } from './encryption-context.ts';
import type { KmsClient, KmsDataKey } from './kms-client.ts';
import { kmsFailure } from './kms-failure.ts';

export interface KmsClientOptions {
  /** Undefined: AWS's own, of the region. */
  readonly endpoint: string | undefined;
  readonly region: string;
  /** Undefined: where the SDK finds them. */
  readonly credentials?:
    { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** Of requests and bucket defaults that name no key. */
  readonly defaultKeyId?: string | undefined;
  /** How long an attempt may take; there are three. */
  readonly answerMs?: number;
}

const KEY_BYTES = 32;
const BLOB_BYTES_MAX = 6144;
const ARN_LENGTH_MAX = 2048;
/** A client waits meanwhile, with its body unread. */
const CONNECT_MS = 2_000;
const ANSWER_MS = 5_000;
const ATTEMPTS = 3;
/** Requests beyond these wait for a connection. */
const CONNECTIONS = 64;

export function openKmsClient(options: KmsClientOptions): KmsClient {
  let opened: Promise<Opened> | undefined;
  const open = (): Promise<Opened> => (opened ??= connect(options));
  return {
    async generate(keyId, context) {
      const { sdk, client } = await open();
      const input = {
        KeyId: keyIdOf(keyId, options),
        KeySpec: 'AES_256',
        ...bound(context),
      } as const;
      const answer = await ask(() => client.send(new sdk.GenerateDataKeyCommand(input)));
      return checkedDataKey(answer);
    },
    async decrypt(keyArn, blob, context) {
      const { sdk, client } = await open();
      // The key is named, so that a KMS cannot be talked into using another one.
      const input = { KeyId: keyArn, CiphertextBlob: blob, ...bound(context) };
      const answer = await ask(() => client.send(new sdk.DecryptCommand(input)));
      return checkedKey(answer.Plaintext);
    },
    close() {
      opened?.then(({ client }) => client.destroy()).catch(() => undefined);
    },
  };
}

interface Opened {
  readonly sdk: typeof import('@aws-sdk/client-kms');
  readonly client: KMSClient;
}

async function connect(options: KmsClientOptions): Promise<Opened> {
  const sdk = await import('@aws-sdk/client-kms');
  const client = new sdk.KMSClient({
    region: options.region,
    maxAttempts: ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: options.answerMs ?? ANSWER_MS,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: CONNECTIONS, keepAlive: true },
      httpsAgent: { maxSockets: CONNECTIONS, keepAlive: true },
    },
    ...(options.endpoint !== undefined && { endpoint: options.endpoint }),
    ...(options.credentials && { credentials: { ...options.credentials } }),
  });
  return { sdk, client };
}

function bound(context: EncryptionContext): { EncryptionContext: Record<string, string> } {
  return { EncryptionContext: { ...context } };
}

function keyIdOf(keyId: string | undefined, options: KmsClientOptions): string {
  const named = keyId ?? options.defaultKeyId;
  if (named !== undefined) return named;
  const message = 'Name a KMS key: this server was started without a default one.';
  throw new S3Error('KMS.NotFoundException', message);
}

async function ask<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw kmsFailure(error);
  }
}

function checkedDataKey(answer: {
  Plaintext?: Uint8Array | undefined;
  CiphertextBlob?: Uint8Array | undefined;
  KeyId?: string | undefined;
}): KmsDataKey {
  const plain = checkedKey(answer.Plaintext);
  const { CiphertextBlob: blob, KeyId: keyArn } = answer;
  const isBlob = blob !== undefined && blob.length > 0 && blob.length <= BLOB_BYTES_MAX;
  const isArn = keyArn !== undefined && keyArn.length <= ARN_LENGTH_MAX && /^[!-~]+$/.test(keyArn);
  if (isBlob && isArn) return { plain, keyArn, blob };
  throw strange();
}

function checkedKey(plain: Uint8Array | undefined): Uint8Array {
  if (plain?.length === KEY_BYTES) return plain;
  throw strange();
}

function strange(): S3Error {
  return new S3Error('ServiceUnavailable', 'The KMS gives answers that are no keys.');
}
