/**
 * The pieces that policy documents are read in.
 * @module
 */
import { KmsError } from '../kms-error.ts';

/** The error of every policy that cannot be kept. */
export function malformed(message: string): KmsError {
  return new KmsError('MalformedPolicyDocumentException', message);
}

/** @throws KmsError `MalformedPolicyDocumentException` where `value` is no JSON object */
export function asRecord(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed(`${what} has to be an object`);
  }
  return value as Readonly<Record<string, unknown>>;
}

/**
 * One string, or a list of at least one.
 * @throws KmsError `MalformedPolicyDocumentException`
 */
export function textsOf(value: unknown, element: string): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const strings = list.filter((one) => typeof one === 'string');
  if (strings.length === 0 || strings.length !== list.length) {
    throw malformed(`${element} has to be a string or a list of strings`);
  }
  return strings;
}
