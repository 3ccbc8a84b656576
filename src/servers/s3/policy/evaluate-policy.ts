/**
 * What a bucket policy says of a request.
 * @module
 */
import { S3Error } from '../protocol/s3-error.ts';
import { holds } from './conditions/condition.ts';
import { parsePolicy } from './parse-policy.ts';
import { matchesPattern } from '../../policy/pattern.ts';
import type { Among, Policy, Statement } from './policy.ts';
import type { PolicyFacts } from './policy-facts.ts';

/** Parsed policies that are kept, by their text: a text fits one bucket only. A policy has at most 20 KB. */
const KEPT_MAX = 256;

interface Kept {
  readonly bucket: string;
  /** Undefined: it cannot be read. */
  readonly policy: Policy | undefined;
}

const parsed = new Map<string, Kept>();

/** With these, the owner gets out of a policy that locks everybody out. */
const RESCUES = ['s3:GetBucketPolicy', 's3:PutBucketPolicy', 's3:DeleteBucketPolicy'];

/**
 * A Deny that fits wins over every Allow; undefined: no statement fits.
 *
 * A `full` key without scopes is never kept from reading, replacing and deleting the policy, as the root of an
 * account at AWS. A stored policy that this version cannot read denies everything else.
 */
export function evaluatePolicy(
  policyText: string,
  facts: PolicyFacts,
): 'allow' | 'deny' | undefined {
  const isOwner = facts.role === 'full' && !facts.hasScopes;
  if (isOwner && RESCUES.includes(facts.action)) return undefined;
  const policy = parseOnce(policyText, facts.bucket);
  if (policy === undefined) return 'deny';
  const effects = policy.statements.filter((one) => fits(one, facts)).map(({ effect }) => effect);
  return effects.includes('deny') ? 'deny' : effects[0];
}

function parseOnce(text: string, bucket: string): Policy | undefined {
  const kept = parsed.get(text);
  if (kept?.bucket === bucket) return kept.policy;
  const policy = parseOrNot(text, bucket);
  const [oldest] = parsed.keys();
  if (parsed.size >= KEPT_MAX && oldest !== undefined) parsed.delete(oldest);
  parsed.set(text, { bucket, policy });
  return policy;
}

function parseOrNot(text: string, bucket: string): Policy | undefined {
  try {
    return parsePolicy(text, bucket);
  } catch (error) {
    if (error instanceof S3Error) return undefined;
    throw error;
  }
}

function fits(statement: Statement, facts: PolicyFacts): boolean {
  const variables = { 'aws:username': facts.principalName };
  const action = facts.action.toLowerCase();
  return (
    isAmong(statement.principals, (one) => one === '*' || one === facts.principalArn) &&
    isAmong(statement.actions, (pattern) => matchesPattern(pattern, action, variables)) &&
    isAmong(statement.resources, (one) => matchesPattern(one, facts.resource, variables)) &&
    statement.conditions.every((condition) => holds(condition, facts))
  );
}

function isAmong<T>({ isNegated, items }: Among<T>, matches: (item: T) => boolean): boolean {
  return items.some(matches) !== isNegated;
}
