/**
 * Lists objects page by page; a page that fails is asked for again, so that nothing comes twice.
 * @module
 */
import type { _Object as ListedObject, ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { AppError } from '../../base/failure.ts';
import type { StoredObject } from '../port.ts';
import { withRetries } from '../retry.ts';
import type { S3Requests } from './requests.ts';
import { ListObjectsV2Command } from './client/sdk.ts';

/**
 * Every object under a prefix of ours, once. Names are the server's word: nothing is promised of
 * them.
 */
export async function* listObjects(
  requests: S3Requests,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<StoredObject> {
  const { client, settings } = requests;
  const base = requests.fullKey('');
  const doing = `list ${prefix === '' ? 'what is' : prefix} in ${settings.location}`;
  let token: string | undefined;
  do {
    const command = new ListObjectsV2Command({
      Bucket: settings.bucket,
      Prefix: `${base}${prefix}`,
      // XML knows no way to write some characters that a key may have.
      EncodingType: 'url',
      ...(token !== undefined && { ContinuationToken: token }),
    });
    const page: ListObjectsV2CommandOutput = await withRetries(
      () => requests.run(doing, signal, (options) => client.send(command, options)),
      requests.retryOptions(),
      signal,
    );
    const next = nextToken(page, token, settings.host);
    for (const listed of page.Contents ?? []) {
      const object = describe(listed, page.EncodingType === 'url', base);
      if (object?.key.startsWith(prefix)) yield object;
    }
    token = next;
  } while (token !== undefined);
}

function nextToken(
  page: ListObjectsV2CommandOutput,
  before: string | undefined,
  host: string,
): string | undefined {
  // Every listing says whether it is whole; a page of HTML with status 200 does not.
  if (page.IsTruncated === undefined) throw notAListing(host);
  if (!page.IsTruncated) return undefined;
  const next = page.NextContinuationToken;
  if (next !== undefined && next !== '' && next !== before) return next;
  throw new AppError('store/rejected', `${host} does not go on with a listing it cut short`);
}

/** The failure for an answer with status 200 that lists nothing because it is no listing. */
export function notAListing(host: string): AppError {
  return new AppError('store/config', `${host} answered a listing with something else`, {
    hint: 'check the endpoint: what answers there does not speak S3',
  });
}

function describe(listed: ListedObject, encoded: boolean, base: string): StoredObject | undefined {
  const name = encoded ? decodeName(listed.Key ?? '') : (listed.Key ?? '');
  // A placeholder for the folder itself, as consoles make them, is no object of ours.
  if (!name.startsWith(base) || name === base) return undefined;
  const modifiedMs = listed.LastModified?.getTime();
  return {
    key: name.slice(base.length),
    sizeBytes: listed.Size ?? 0,
    ...(modifiedMs !== undefined && Number.isFinite(modifiedMs) && { modifiedMs }),
  };
}

/** A name in a listing with `EncodingType: url`. */
export function decodeName(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    return name;
  }
}
