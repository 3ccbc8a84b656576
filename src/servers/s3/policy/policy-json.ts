/**
 * JSON of policies: parsed, without fields that are unknown or given twice.
 * @module
 */
import { S3Error } from '../protocol/s3-error.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export function malformed(why: string): S3Error {
  return new S3Error('MalformedPolicy', `The policy is not valid: ${why}`);
}

/**
 * @throws S3Error `MalformedPolicy`: no JSON, or a field that is given twice, of which the parser would
 * silently drop the first
 */
export function parsePolicyJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new S3Error('MalformedPolicy', 'Policies must be valid JSON', { cause });
  }
  const outsideStrings = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '');
  const fieldsInText = outsideStrings.split(':').length - 1;
  if (fieldsInText !== countFields(value)) throw malformed('a field is given twice');
  return value;
}

/** In a loop, since hostile JSON may be deeply nested. */
function countFields(value: unknown): number {
  let count = 0;
  const open = [value];
  for (let one = open.pop(); open.length > 0 || one !== undefined; one = open.pop()) {
    if (typeof one !== 'object' || one === null) continue;
    const inside = Object.values(one);
    if (!Array.isArray(one)) count += inside.length;
    for (const each of inside) if (typeof each === 'object') open.push(each);
  }
  return count;
}

export function requireObject(value: unknown, what: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value));
  }
  throw malformed(`${what} must be an object`);
}

/** Refuses fields that are not among `known`. */
export function requireFields(object: JsonObject, known: readonly string[]): void {
  const unknown = Object.keys(object).some((name) => !known.includes(name));
  if (unknown) throw malformed(`fields here are ${known.join(', ')}, and no others`);
}

/** One string, or a list of at least one where `some` are allowed. */
export function requireStrings(
  value: unknown,
  what: string,
  count: 'one' | 'some',
): readonly string[] {
  if (typeof value === 'string') return [value];
  const list = count === 'some' && Array.isArray(value) ? value : [];
  const strings = list.filter((one) => typeof one === 'string');
  if (strings.length > 0 && strings.length === list.length) return strings;
  throw malformed(
    count === 'one' ? `${what} must be text` : `${what} must be text, or a list of it`,
  );
}
