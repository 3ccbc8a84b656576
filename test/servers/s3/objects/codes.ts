/**
 * What the SDK makes of a refusal.
 * @module
 */
import { S3ServiceException } from '@aws-sdk/client-s3';

/** Name and status of what `work` is refused with, `200` where it is not. */
export async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return '200';
  } catch (error) {
    if (!(error instanceof S3ServiceException)) throw error;
    return `${error.$metadata.httpStatusCode} ${error.name}`;
  }
}
