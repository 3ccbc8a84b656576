/**
 * DeleteObjects: up to 1,000 at once, each refused or done by itself.
 * @module
 */
import { requireBucket } from '../../buckets/require-bucket.ts';
import type { Call, Operation, Reply } from '../../protocol/operation.ts';
import { S3Error } from '../../protocol/s3-error.ts';
import { element, optionalElement, xmlDocument } from '../../protocol/xml.ts';
import type { XmlElement } from '../../protocol/xml.ts';
import { isBodyVouchedFor } from '../write/body-integrity.ts';
import { parseDeleteRequest } from './parse-delete-request.ts';
import type { NamedObject } from './parse-delete-request.ts';
import { removeObject } from './remove-object.ts';

export const deleteObjects: Operation = {
  name: 'DeleteObjects',
  action: 's3:DeleteObject',
  level: 'bucket',
  method: 'POST',
  selectors: ['delete'],
  parameters: [],
  effect: 'changes',
  run,
};

/** 1,000 keys of 1,024 bytes, some of them escaped. */
const DOCUMENT_BYTES_MAX = 4 * 1024 * 1024;

async function run(call: Call): Promise<Reply> {
  requireBucket(call);
  // A flipped bit in a key deletes another object.
  if (!isBodyVouchedFor(call)) {
    const message = 'Missing required header for this request: Content-MD5';
    throw new S3Error('InvalidRequest', message);
  }
  const { objects, isQuiet } = parseDeleteRequest(await call.document(DOCUMENT_BYTES_MAX));
  // They go to disk together.
  const results = await Promise.all(objects.map((object) => remove(call, object)));
  const shown = results.filter((one) => !isQuiet || one.isError).map((one) => one.xml);
  return { status: 200, body: xmlDocument('DeleteResult', shown) };
}

interface Result {
  readonly isError: boolean;
  readonly xml: XmlElement;
}

async function remove(call: Call, object: NamedObject): Promise<Result> {
  const { key, versionId } = object;
  const name = [element('Key', key), optionalElement('VersionId', versionId)];
  try {
    assertAllowed(call, object);
    const removed = await call.catalog.write(() => removeObject(call, requireBucket(call), object));
    const marker = removed.isDeleteMarker
      ? [element('DeleteMarker', true), optionalElement('DeleteMarkerVersionId', removed.versionId)]
      : [];
    return { isError: false, xml: element('Deleted', [...name, ...marker]) };
  } catch (error) {
    // What is no answer of ours is the server's trouble, and the whole request's.
    if (!(error instanceof S3Error)) throw error;
    const why = [element('Code', error.code), element('Message', error.message)];
    return { isError: true, xml: element('Error', [...name, ...why]) };
  }
}

function assertAllowed(call: Call, { key, versionId }: NamedObject): void {
  const action = versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion';
  const { bucket } = call;
  if (call.isAllowed(action, { bucket, key, versionId })) return;
  throw new S3Error('AccessDenied', 'Access Denied');
}
