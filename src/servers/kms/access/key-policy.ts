/**
 * Key policies: the JSON documents that say who may do what with a key.
 *
 * What cannot be enforced is refused when the policy is put: principals that can never be, condition
 * operators and keys that nobody compares, elements that are not known. A statement that is silently
 * ignored is a lie, and where it says Deny a hole.
 * Source: "Key policies in AWS KMS" and "IAM JSON policy reference".
 * @module
 */
import { KmsError } from '../kms-error.ts';
import { asRecord, malformed, textsOf } from './policy-pieces.ts';
import { parseConditions, type Condition } from './policy-condition.ts';
import { parsePrincipals } from './policy-principal.ts';

/** As AWS limits it, in bytes of the text. */
export const POLICY_BYTES_MAX = 32_768;

const VERSIONS = ['2012-10-17', '2008-10-17'];

const ELEMENTS = ['Sid', 'Effect', 'Principal', 'Action', 'Resource', 'Condition'];

export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  /** `*` or ARNs of users; the account's root ARN stands for all users. */
  readonly principals: readonly string[];
  /** Lower case, with `kms:` and maybe wildcards. */
  readonly actions: readonly string[];
  /** ARNs, maybe with wildcards; `*` is the key that the policy belongs to. */
  readonly resources: readonly string[];
  /** All of them have to hold. */
  readonly conditions: readonly Condition[];
}

export interface KeyPolicy {
  readonly statements: readonly Statement[];
}

/**
 * @param account twelve digits: principals of others cannot be
 * @throws KmsError `MalformedPolicyDocumentException`
 */
export function parseKeyPolicy(text: string, account = '000000000000'): KeyPolicy {
  if (Buffer.byteLength(text) > POLICY_BYTES_MAX) throw malformed('the policy is too long');
  const { Version: version, Id: id, Statement: statement, ...others } = parseObject(text);
  if (version !== undefined && !VERSIONS.includes(version as string)) {
    throw malformed('Version has to be 2012-10-17 or 2008-10-17');
  }
  if (id !== undefined && typeof id !== 'string') throw malformed('Id has to be a string');
  assertNoOthers(others);
  const list: unknown[] = Array.isArray(statement) ? statement : [statement];
  if (statement === undefined || list.length === 0) throw malformed('there is no Statement');
  return { statements: list.map((one) => parseStatement(one, account)) };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return asRecord(JSON.parse(text), 'the policy');
  } catch (error) {
    throw error instanceof KmsError ? error : malformed('the policy is not JSON');
  }
}

function parseStatement(value: unknown, account: string): Statement {
  const fields = asRecord(value, 'a Statement');
  const { Sid: sid, Effect: effect, Principal, Action, Resource, Condition } = fields;
  assertNoOthers(fields, ELEMENTS);
  if (sid !== undefined && typeof sid !== 'string') throw malformed('Sid has to be a string');
  if (effect !== 'Allow' && effect !== 'Deny') throw malformed('Effect has to be Allow or Deny');
  return {
    effect,
    principals: parsePrincipals(Principal, account),
    actions: textsOf(Action, 'Action').map(parseAction),
    resources: textsOf(Resource, 'Resource').map(parseResource),
    conditions: Condition === undefined ? [] : parseConditions(Condition),
  };
}

function parseAction(action: string): string {
  if (action !== '*' && !/^kms:[\w*?]+$/i.test(action)) {
    throw malformed('an Action has to be kms:… with letters and wildcards');
  }
  return action.toLowerCase();
}

function parseResource(resource: string): string {
  if (resource !== '*' && !/^arn:aws:kms:[^\s$]+$/.test(resource)) {
    throw malformed('a Resource has to be * or the ARN of a key');
  }
  return resource;
}

function assertNoOthers(
  fields: Readonly<Record<string, unknown>>,
  known: readonly string[] = [],
): void {
  if (Object.keys(fields).some((name) => !known.includes(name))) {
    throw malformed('the policy has an element that this server does not enforce');
  }
}
