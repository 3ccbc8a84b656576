/**
 * GetObjectRetention and PutObjectRetention.
 * @module
 */
import type { RetentionMode } from '../model/bucket.ts';
import { assertNotDenied } from '../policy/assert-not-denied.ts';
import type { Call, Operation, Reply } from '../protocol/operation.ts';
import { malformed, readXml, textOf } from '../protocol/read-xml.ts';
import type { XmlTree } from '../protocol/read-xml.ts';
import { element, xmlDocument } from '../protocol/xml.ts';
import { assertRetentionChange } from './assert-retention-change.ts';
import type { Retention } from './assert-retention-change.ts';
import { findLockable, noLock } from './find-lockable.ts';
import { parseRetainUntil } from './parse-retain-until.ts';

const DOCUMENT_BYTES_MAX = 64 * 1024;
const DAY_MS = 86_400_000;

const ofRetention = {
  level: 'object',
  selectors: ['retention'],
  parameters: ['versionId'],
} as const;

export const getObjectRetention: Operation = {
  ...ofRetention,
  name: 'GetObjectRetention',
  action: 's3:GetObjectRetention',
  method: 'GET',
  effect: 'reads',
  run: async (call) => {
    const { mode, retainUntilMs } = findLockable(call).lock;
    if (mode === undefined || retainUntilMs === undefined) throw noLock();
    const until = new Date(retainUntilMs).toISOString();
    const content = [element('Mode', mode), element('RetainUntilDate', until)];
    return { status: 200, body: xmlDocument('Retention', content) };
  },
};

export const putObjectRetention: Operation = {
  ...ofRetention,
  name: 'PutObjectRetention',
  action: 's3:PutObjectRetention',
  method: 'PUT',
  // What makes nothing shorter; the rest is refused to keys that are not full.
  effect: 'lengthens',
  run: putRetention,
};

async function putRetention(call: Call): Promise<Reply> {
  findLockable(call);
  const document = readXml(await call.document(DOCUMENT_BYTES_MAX), 'Retention');
  const wanted = readRetention(document, call.nowMs);
  await call.catalog.write(() => {
    const version = findLockable(call);
    assertNotDenied(call, { ...version, action: 's3:PutObjectRetention' }, factsOf(wanted, call));
    assertRetentionChange(call, version, wanted);
    call.catalog.updateVersion(version, { lock: { ...version.lock, ...wanted } });
  });
  return { status: 200 };
}

/** An empty document takes the retention away. */
function readRetention(document: XmlTree, nowMs: number): Retention {
  const mode = textOf(document, 'Mode');
  const until = textOf(document, 'RetainUntilDate');
  if (document.children.some(({ name }) => name !== 'Mode' && name !== 'RetainUntilDate')) {
    throw malformed();
  }
  if (mode === undefined && until === undefined) {
    return { mode: undefined, retainUntilMs: undefined };
  }
  if (until === undefined || !isMode(mode)) throw malformed();
  return { mode, retainUntilMs: parseRetainUntil(until, nowMs) };
}

function isMode(text: string | undefined): text is RetentionMode {
  return text === 'GOVERNANCE' || text === 'COMPLIANCE';
}

function factsOf({ mode, retainUntilMs }: Retention, { nowMs }: Call): Map<string, string> {
  if (mode === undefined || retainUntilMs === undefined) return new Map();
  const days = Math.ceil((retainUntilMs - nowMs) / DAY_MS);
  return new Map([
    ['s3:object-lock-mode', mode],
    ['s3:object-lock-retain-until-date', new Date(retainUntilMs).toISOString()],
    ['s3:object-lock-remaining-retention-days', String(days)],
  ]);
}
