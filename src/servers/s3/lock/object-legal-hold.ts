/**
 * GetObjectLegalHold and PutObjectLegalHold.
 * @module
 */
import { assertNotDenied } from '../policy/assert-not-denied.ts';
import type { Call, Operation, Reply } from '../protocol/operation.ts';
import { malformed, readXml, requiredText } from '../protocol/read-xml.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { element, xmlDocument } from '../protocol/xml.ts';
import { findLockable } from './find-lockable.ts';

const DOCUMENT_BYTES_MAX = 64 * 1024;

const ofHold = { level: 'object', selectors: ['legal-hold'], parameters: ['versionId'] } as const;

export const getObjectLegalHold: Operation = {
  ...ofHold,
  name: 'GetObjectLegalHold',
  action: 's3:GetObjectLegalHold',
  method: 'GET',
  effect: 'reads',
  run: async (call) => {
    const status = findLockable(call).lock.isHeld ? 'ON' : 'OFF';
    return { status: 200, body: xmlDocument('LegalHold', [element('Status', status)]) };
  },
};

export const putObjectLegalHold: Operation = {
  ...ofHold,
  name: 'PutObjectLegalHold',
  action: 's3:PutObjectLegalHold',
  method: 'PUT',
  // To put one on; to lift one is refused to keys that are not full.
  effect: 'lengthens',
  run: putHold,
};

async function putHold(call: Call): Promise<Reply> {
  findLockable(call);
  const document = readXml(await call.document(DOCUMENT_BYTES_MAX), 'LegalHold');
  const status = requiredText(document, 'Status');
  if (status !== 'ON' && status !== 'OFF') throw malformed();
  const isHeld = status === 'ON';
  if (!isHeld && call.principal.role !== 'full') {
    throw new S3Error('AccessDenied', 'Access Denied: only a full key lifts a legal hold');
  }
  await call.catalog.write(() => {
    const version = findLockable(call);
    const facts = new Map([['s3:object-lock-legal-hold', status]]);
    assertNotDenied(call, { ...version, action: 's3:PutObjectLegalHold' }, facts);
    call.catalog.updateVersion(version, { lock: { ...version.lock, isHeld } });
  });
  return { status: 200 };
}
