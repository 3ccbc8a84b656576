/**
 * GetBucketAcl and GetObjectAcl: what clients ask for before they copy, answered with the one that there is.
 * @module
 */
import { findVersion } from '../objects/find-version.ts';
import type { Call, Operation, Reply } from '../protocol/operation.ts';
import { element, xmlDocument } from '../protocol/xml.ts';
import { OWNER_ID, OWNER_NAME } from './account.ts';
import { requireBucket } from './require-bucket.ts';

export const aclOperations: readonly Operation[] = [
  {
    name: 'GetBucketAcl',
    action: 's3:GetBucketAcl',
    level: 'bucket',
    method: 'GET',
    selectors: ['acl'],
    parameters: [],
    effect: 'reads',
    run: async (call) => {
      requireBucket(call);
      return { status: 200, body: ownerHasAll() };
    },
  },
  {
    name: 'GetObjectAcl',
    action: ({ query }) => (query.has('versionId') ? 's3:GetObjectVersionAcl' : 's3:GetObjectAcl'),
    level: 'object',
    method: 'GET',
    selectors: ['acl'],
    parameters: ['versionId'],
    effect: 'reads',
    run: getObjectAcl,
  },
];

async function getObjectAcl(call: Call): Promise<Reply> {
  const bucket = requireBucket(call);
  const versionId = call.query.get('versionId');
  findVersion(call.catalog, { bucket, key: call.key, versionId });
  return { status: 200, body: ownerHasAll() };
}

function ownerHasAll(): string {
  const owner = [element('ID', OWNER_ID), element('DisplayName', OWNER_NAME)];
  const grantee = element('Grantee', owner, {
    'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
    'xsi:type': 'CanonicalUser',
  });
  const grant = element('Grant', [grantee, element('Permission', 'FULL_CONTROL')]);
  return xmlDocument('AccessControlPolicy', [
    element('Owner', owner),
    element('AccessControlList', [grant]),
  ]);
}
