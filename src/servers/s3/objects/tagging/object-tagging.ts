/**
 * GetObjectTagging, PutObjectTagging, DeleteObjectTagging.
 * @module
 */
import { requireBucket } from '../../buckets/require-bucket.ts';
import type { ObjectVersion } from '../../model/object-version.ts';
import type { Call, Operation, Reply } from '../../protocol/operation.ts';
import { element, xmlDocument } from '../../protocol/xml.ts';
import { S3Error } from '../../protocol/s3-error.ts';
import { findVersion, versionHeaders } from '../find-version.ts';
import { parseTagging } from './parse-tagging.ts';
import type { Tags } from './parse-tags.ts';

const DOCUMENT_BYTES_MAX = 64 * 1024;

const SHARED = { level: 'object', selectors: ['tagging'], parameters: ['versionId'] } as const;

export const getObjectTagging: Operation = {
  name: 'GetObjectTagging',
  action: (call) => actionOf('Get', call),
  method: 'GET',
  ...SHARED,
  effect: 'reads',
  async run(call) {
    const version = find(call);
    const tags = Object.entries(version.tags).map(([key, value]) =>
      element('Tag', [element('Key', key), element('Value', value)]),
    );
    const body = xmlDocument('Tagging', element('TagSet', tags));
    return answer(call, version, { status: 200, body });
  },
};

export const putObjectTagging: Operation = {
  name: 'PutObjectTagging',
  action: (call) => actionOf('Put', call),
  method: 'PUT',
  ...SHARED,
  effect: 'changes',
  async run(call) {
    const tags = parseTagging(await call.document(DOCUMENT_BYTES_MAX));
    assertAllowed(call, tags);
    return answer(call, await change(call, tags), { status: 200 });
  },
};

export const deleteObjectTagging: Operation = {
  name: 'DeleteObjectTagging',
  action: (call) => actionOf('Delete', call),
  method: 'DELETE',
  ...SHARED,
  effect: 'changes',
  async run(call) {
    return answer(call, await change(call, {}), { status: 204 });
  },
};

function actionOf(verb: string, call: Call): string {
  return `s3:${verb}Object${call.query.has('versionId') ? 'Version' : ''}Tagging`;
}

/** Not before the tags are known: a policy may say which ones an object may get. */
function assertAllowed(call: Call, requestTags: Tags): void {
  const { bucket, key } = call;
  const thing = { bucket, key, versionId: call.query.get('versionId'), requestTags };
  if (call.isAllowed(actionOf('Put', call), thing)) return;
  throw new S3Error('AccessDenied', 'Access Denied');
}

function find(call: Call): ObjectVersion {
  const versionId = call.query.get('versionId');
  return findVersion(call.catalog, { bucket: requireBucket(call), key: call.key, versionId });
}

/** The same version as is answered for, even where another one comes on top meanwhile. */
function change(call: Call, tags: Tags): Promise<ObjectVersion> {
  return call.catalog.write(() => {
    const version = find(call);
    call.catalog.updateVersion(version, { tags });
    return version;
  });
}

function answer(call: Call, version: ObjectVersion, reply: Reply): Reply {
  return { ...reply, headers: versionHeaders(requireBucket(call), version) };
}
