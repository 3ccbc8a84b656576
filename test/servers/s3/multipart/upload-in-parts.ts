/**
 * Uploads in parts for tests, step by step, with the real SDK.
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type {
  CompletedPart,
  CreateMultipartUploadCommandInput,
  S3Client,
  UploadPartCommandInput,
} from '@aws-sdk/client-s3';
import { MiB } from '../../../../src/base/units.ts';

export const PART_BYTES = 5 * MiB;

/** Other bytes each time, and quickly made. */
export function someBytes(length: number): Buffer {
  const block = randomBytes(1024);
  return Buffer.alloc(length, block);
}

export function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

type Place = Pick<CreateMultipartUploadCommandInput, 'Bucket' | 'Key'>;
type Begin = Omit<CreateMultipartUploadCommandInput, 'Bucket' | 'Key'>;

export async function begin(client: S3Client, place: Place, more: Begin = {}): Promise<string> {
  const answer = await client.send(new CreateMultipartUploadCommand({ ...place, ...more }));
  return answer.UploadId ?? '';
}

export interface SentParts {
  readonly UploadId: string;
  readonly Parts: CompletedPart[];
}

type ToSend = Pick<
  UploadPartCommandInput,
  'ChecksumAlgorithm' | 'SSECustomerAlgorithm' | 'SSECustomerKey' | 'SSECustomerKeyMD5'
> & { readonly uploadId: string; readonly bodies: readonly Buffer[] };

/** Parts 1, 2, … of those bytes. */
export async function sendParts(
  client: S3Client,
  place: Place,
  { uploadId, bodies, ...more }: ToSend,
): Promise<SentParts> {
  const Parts: CompletedPart[] = [];
  for (const [at, Body] of bodies.entries()) {
    const PartNumber = at + 1;
    const input = { ...place, UploadId: uploadId, PartNumber, Body, ...more };
    const { $metadata: _, ...sent } = await client.send(new UploadPartCommand(input));
    Parts.push({ ...sent, PartNumber });
  }
  return { UploadId: uploadId, Parts };
}

export function completion(place: Place, sent: SentParts, more: object = {}) {
  return new CompleteMultipartUploadCommand({
    ...place,
    UploadId: sent.UploadId,
    MultipartUpload: { Parts: sent.Parts.map(({ ETag, PartNumber }) => ({ ETag, PartNumber })) },
    ...more,
  });
}

export async function uploadInParts(
  client: S3Client,
  place: Place,
  bodies: readonly Buffer[],
  more: Begin = {},
) {
  const uploadId = await begin(client, place, more);
  const sent = await sendParts(client, place, { uploadId, bodies });
  const answer = await client.send(completion(place, sent));
  return { ...sent, answer };
}

export async function contentOf(client: S3Client, place: Place, more: object = {}) {
  const answer = await client.send(new GetObjectCommand({ ...place, ...more }));
  return Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
}

/** Name of the error that an SDK call ends with. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'nothing was refused',
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  );
}
