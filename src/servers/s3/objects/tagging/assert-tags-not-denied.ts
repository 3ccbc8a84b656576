/**
 * Asks the bucket policy about the tags that a new object comes with.
 * @module
 */
import { assertNotDenied } from '../../policy/assert-not-denied.ts';
import type { Call } from '../../protocol/operation.ts';
import type { Tags } from './parse-tags.ts';

/** To write an object with tags is both. Source: AWS, "Tagging and access control policies". */
const ACTIONS = ['s3:PutObject', 's3:PutObjectTagging'];

/**
 * @param tags from the header, or those that a copy takes over
 * @throws S3Error `AccessDenied`
 */
export function assertTagsNotDenied(call: Call, tags: Tags): void {
  if (Object.keys(tags).length === 0) return;
  const { bucket, key } = call;
  for (const action of ACTIONS) {
    assertNotDenied(call, { action, bucket, key, versionId: undefined, requestTags: tags });
  }
}
