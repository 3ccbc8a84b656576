/**
 * Multipart uploads that were begun and neither completed nor aborted: their parts cost money and
 * show up in no listing of objects.
 * @module
 */
import type { MultipartUpload } from '@aws-sdk/client-s3';
import { AppError, isFailure } from '../../base/failure.ts';
import { forEachConcurrent } from '../../base/flow.ts';
import { withRetries } from '../retry.ts';
import { notAListing } from './listing.ts';
import type { S3Requests } from './requests.ts';
import { AbortMultipartUploadCommand, ListMultipartUploadsCommand } from './client/sdk.ts';

/** Everything large enough for parts is named so; nobody else's uploads are touched. */
const ourName = /(^|\/)[0-9a-f]{32}$/;
const ABORTS_AT_ONCE = 4;
const MAX_PAGES = 10_000;

/**
 * Aborts our uploads that were begun before `olderThanMs` (ms since 1970, by the server's clock).
 * @returns how many
 */
export async function abortStaleUploads(
  requests: S3Requests,
  olderThanMs: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  let aborted = 0;
  const { client, settings } = requests;
  const doing = `abort stale uploads in ${settings.location}`;
  await forEachConcurrent(uploads(requests, signal), ABORTS_AT_ONCE, async (upload) => {
    const { Key, UploadId, Initiated } = upload;
    if (!Key || !UploadId || !Initiated || Initiated.getTime() >= olderThanMs) return;
    if (!ourName.test(Key)) return;
    try {
      await requests.run(doing, signal, (options) =>
        client.send(
          new AbortMultipartUploadCommand({ Bucket: settings.bucket, Key, UploadId }),
          options,
        ),
      );
      aborted++;
    } catch (error) {
      // Completed or aborted by somebody else in between.
      const gone = error instanceof AppError && error.detail['httpStatus'] === 404;
      if (!gone || isFailure(error, 'store/no-bucket')) throw error;
    }
  });
  return aborted;
}

async function* uploads(
  requests: S3Requests,
  signal: AbortSignal | undefined,
): AsyncGenerator<MultipartUpload> {
  const { client, settings } = requests;
  const doing = `list unfinished uploads in ${settings.location}`;
  let marker: { KeyMarker?: string; UploadIdMarker?: string } = {};
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const command = { Bucket: settings.bucket, Prefix: requests.fullKey(''), ...marker };
    const page = await withRetries(
      () =>
        requests.run(doing, signal, (options) =>
          client.send(new ListMultipartUploadsCommand(command), options),
        ),
      requests.retryOptions(),
      signal,
    );
    if (page.IsTruncated === undefined) throw notAListing(settings.host);
    yield* page.Uploads ?? [];
    const { NextKeyMarker, NextUploadIdMarker } = page;
    if (!page.IsTruncated || !NextKeyMarker) return;
    marker = {
      KeyMarker: NextKeyMarker,
      ...(NextUploadIdMarker && { UploadIdMarker: NextUploadIdMarker }),
    };
  }
  throw new AppError('store/rejected', `${settings.host} lists unfinished uploads without end`);
}
