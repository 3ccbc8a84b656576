/**
 * Opens an S3 store; the one door to the AWS SDK, which is loaded when it is first opened.
 * @module
 */
import type { ObjectStore } from '../port.ts';
import { settle } from './config.ts';
import type { S3Config } from './config.ts';

/**
 * Makes the client; nothing is sent yet. The store does not retry whole calls: wrap it in
 * `RetryingStore`.
 * @throws AppError `store/config`, `store/insecure`
 */
export async function openS3Store(config: S3Config): Promise<ObjectStore> {
  const settings = settle(config);
  const [{ createClient }, { S3Requests }, { S3Store }] = await Promise.all([
    import('./client/create-client.ts'),
    import('./requests.ts'),
    import('./s3-store.ts'),
  ]);
  return new S3Store(new S3Requests(await createClient(settings), settings));
}
