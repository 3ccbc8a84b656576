/**
 * Makes the bucket that a vault is to lie in.
 * @module
 */
import { isFailure } from '../../base/failure.ts';
import { settle } from './config.ts';
import type { S3Config } from './config.ts';

/** AWS's name for it. */
const OWN = 'BucketAlreadyOwnedByYou';

export interface CreateBucketOptions {
  /** With Object Lock, and so with versions: few servers can switch it on later. */
  readonly locks: boolean;
  readonly signal?: AbortSignal;
}

/**
 * One that is there already, and is one's own, stays as it is.
 * @throws AppError `store/…`; `store/exists` where it is somebody else's
 */
export async function createBucket(
  config: S3Config,
  { locks, signal }: CreateBucketOptions,
): Promise<void> {
  const settings = settle(config);
  const [{ CreateBucketCommand }, { createClient }, { S3Requests }] = await Promise.all([
    import('./client/sdk.ts'),
    import('./client/create-client.ts'),
    import('./requests.ts'),
  ]);
  const requests = new S3Requests(await createClient(settings), settings);
  const { client } = requests;
  const { bucket } = settings;
  const command = new CreateBucketCommand({
    Bucket: bucket,
    ...(locks && { ObjectLockEnabledForBucket: true }),
  });
  try {
    await requests.run(`make the bucket ${bucket}`, signal, (send) => client.send(command, send));
  } catch (error) {
    if (!isFailure(error, 'store/exists') || error.detail['s3Code'] !== OWN) throw error;
  } finally {
    client.destroy();
  }
}
