/**
 * Reads a bucket policy. What is not understood to the last word is refused: a condition that is skipped in
 * silence would open, or lock, what its author did not mean.
 * Source: AWS, "IAM JSON policy elements reference".
 * @module
 */
import { ACCOUNT_ID } from '../buckets/account.ts';
import { levelsOfActions } from './actions.ts';
import { parseConditions } from './conditions/parse-conditions.ts';
import { parsePattern } from '../../policy/pattern.ts';
import type { Pattern } from '../../policy/pattern.ts';
import type { Among, Policy, Statement } from './policy.ts';
import {
  malformed,
  parsePolicyJson,
  requireFields,
  requireObject,
  requireStrings,
} from './policy-json.ts';
import type { JsonObject } from './policy-json.ts';

/** As AWS's. */
export const POLICY_BYTES_MAX = 20 * 1024;

/**
 * @param bucket the name of the bucket that it is for: its resources lie there
 * @throws S3Error `MalformedPolicy`
 */
export function parsePolicy(text: string, bucket: string): Policy {
  if (Buffer.byteLength(text) > POLICY_BYTES_MAX) throw malformed('a policy has at most 20 KB');
  const document = requireObject(parsePolicyJson(text), 'a policy');
  requireFields(document, ['Version', 'Id', 'Statement']);
  const hasVariables = readVersion(document['Version']) === '2012-10-17';
  if (document['Id'] !== undefined) requireStrings(document['Id'], 'Id', 'one');
  const { Statement: list } = document;
  const statements = Array.isArray(list) ? list : [list];
  if (statements.length === 0) throw malformed('a policy has at least one statement');
  return { statements: statements.map((one) => readStatement(one, bucket, hasVariables)) };
}

/** The older one, which knows no variables, is what AWS takes where there is none. */
function readVersion(value: unknown): string {
  if (value === undefined || value === '2008-10-17') return '2008-10-17';
  if (value === '2012-10-17') return value;
  throw malformed('the version must be 2012-10-17 or 2008-10-17');
}

const STATEMENT_FIELDS = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
];

function readStatement(value: unknown, bucket: string, hasVariables: boolean): Statement {
  const statement = requireObject(value, 'a statement');
  requireFields(statement, STATEMENT_FIELDS);
  if (statement['Sid'] !== undefined) requireStrings(statement['Sid'], 'Sid', 'one');
  const effect = readEffect(statement['Effect']);
  const principals = readAmong(statement, 'Principal', readPrincipals);
  if (principals.isNegated && effect === 'allow') {
    throw malformed('NotPrincipal goes with Deny only');
  }
  const actions = readAmong(statement, 'Action', readStrings('Action'));
  const resources = readAmong(statement, 'Resource', readStrings('Resource'));
  requireFittingActions(actions, resources, bucket);
  return {
    effect,
    principals,
    actions: patterns(actions, (text) => text.toLowerCase(), false),
    resources: patterns(resources, (text) => text, hasVariables),
    conditions: parseConditions(statement['Condition'], hasVariables),
  };
}

function readEffect(value: unknown): 'allow' | 'deny' {
  if (value === 'Allow') return 'allow';
  if (value === 'Deny') return 'deny';
  throw malformed('Effect must be Allow or Deny');
}

/** The field or its `Not…`: one of them, not both. */
function readAmong<T>(
  statement: JsonObject,
  field: string,
  read: (value: unknown) => readonly T[],
): Among<T> {
  const positive = statement[field];
  const negative = statement[`Not${field}`];
  if ((positive === undefined) === (negative === undefined)) {
    throw malformed(`a statement has either ${field} or Not${field}`);
  }
  const isNegated = positive === undefined;
  return { isNegated, items: read(isNegated ? negative : positive) };
}

function readStrings(what: string): (value: unknown) => readonly string[] {
  return (value) => requireStrings(value, what, 'some');
}

function patterns(
  { isNegated, items }: Among<string>,
  fold: (text: string) => string,
  hasVariables: boolean,
): Among<Pattern> {
  const parsed = items.map((text) => {
    const pattern = parsePattern(fold(text), { hasWildcards: true, hasVariables });
    if (pattern === undefined) throw malformed('a policy variable is not known here');
    return pattern;
  });
  return { isNegated, items: parsed };
}

const USER_ARN = new RegExp(`^arn:aws:iam::${ACCOUNT_ID}:user/[^*?]+$`);

/** `"*"`, or `{"AWS": …}` with users of this account, or the whole of it: its id, or its root. */
function readPrincipals(value: unknown): readonly string[] {
  if (value === '*') return ['*'];
  const principal = requireObject(value, 'a principal');
  requireFields(principal, ['AWS']);
  return requireStrings(principal['AWS'], 'Principal', 'some').map((text) => {
    const isAccount = text === ACCOUNT_ID || text === `arn:aws:iam::${ACCOUNT_ID}:root`;
    if (text === '*' || isAccount) return '*';
    if (USER_ARN.test(text)) return text;
    throw malformed(`a principal is no user of account ${ACCOUNT_ID}`);
  });
}

/** Actions exist, resources lie in the bucket, and some action is about some resource. */
function requireFittingActions(
  actions: Among<string>,
  resources: Among<string>,
  bucket: string,
): void {
  const resourceLevels = resources.items.map((text) => levelOfResource(text, bucket));
  const levels = actions.items.map((text) => levelsOfActions(text));
  if (levels.some(({ size }) => size === 0)) throw malformed('an action is not known');
  if (actions.isNegated || resources.isNegated) return;
  const fits = (level: 'bucket' | 'object') => {
    return resourceLevels.some((one) => one === level || one === 'both');
  };
  if (!levels.every((some) => [...some].some(fits))) {
    throw malformed('an action does not apply to any resource of its statement');
  }
}

function levelOfResource(text: string, bucket: string): 'bucket' | 'object' | 'both' {
  const bucketArn = `arn:aws:s3:::${bucket}`;
  if (text === bucketArn) return 'bucket';
  if (text.startsWith(`${bucketArn}/`) && text.length > bucketArn.length + 1) return 'object';
  if (text.startsWith(`${bucketArn}*`)) return 'both';
  throw malformed(`a resource lies outside ${bucketArn}`);
}
