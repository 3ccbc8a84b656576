/**
 * The body of a request: one JSON object.
 * @module
 */
import { KmsError } from '../kms-error.ts';
import { namesMemberTwice } from './names-member-twice.ts';

/** Of AWS JSON 1.1; parameters such as a charset are let through. */
const CONTENT_TYPE = /^application\/x-amz-json-1\.1\s*(;|$)/i;

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * @param body empty where a client sends no members at all
 * @throws KmsError `SerializationException`, which repeats nothing of the body
 */
export function parseInput(
  body: Buffer,
  headers: ReadonlyMap<string, string>,
): Readonly<Record<string, unknown>> {
  if (!CONTENT_TYPE.test(headers.get('content-type') ?? '')) {
    throw unreadable('the Content-Type has to be application/x-amz-json-1.1');
  }
  if (headers.has('content-encoding')) throw unreadable('the body must not be compressed');
  if (body.length === 0) return {};
  const value = parse(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unreadable('the body has to be a JSON object');
  }
  return value as Readonly<Record<string, unknown>>;
}

function parse(body: Buffer): unknown {
  let text: string;
  let value: unknown;
  try {
    text = UTF8.decode(body);
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the body, where a plaintext may be.
    throw unreadable('the body is not JSON in UTF-8');
  }
  // Which of the two counts, others may see otherwise: a proxy that checks what passes, for one.
  if (namesMemberTwice(text)) throw unreadable('the body names a member twice');
  return value;
}

function unreadable(message: string): KmsError {
  return new KmsError('SerializationException', message);
}
