/**
 * What a key's policy says to one request.
 * Source: "Policy evaluation logic": a Deny wins, and what nobody allows is denied.
 * @module
 */
import type { KeyPolicy, Statement } from './key-policy.ts';
import { holds, type PolicyFacts } from './policy-condition.ts';
import { fitsWildcards } from '../../policy/pattern.ts';
import { meansUser } from './policy-principal.ts';

export interface PolicyQuestion {
  /** Of the user who asks. */
  readonly principalArn: string;
  /** Without `kms:`, such as `ReEncryptFrom`. */
  readonly action: string;
  readonly keyArn: string;
  readonly facts: PolicyFacts;
}

/** Whether some statement allows it and none denies it. */
export function allows(policy: KeyPolicy, question: PolicyQuestion): boolean {
  const speaking = policy.statements.filter((statement) => isAbout(statement, question));
  const isAllowed = speaking.some(({ effect }) => effect === 'Allow');
  return isAllowed && speaking.every(({ effect }) => effect === 'Allow');
}

function isAbout(statement: Statement, question: PolicyQuestion): boolean {
  const { principalArn, keyArn, facts } = question;
  const action = `kms:${question.action.toLowerCase()}`;
  return (
    statement.principals.some((one) => meansUser(one, principalArn)) &&
    statement.actions.some((one) => fitsWildcards(action, one)) &&
    statement.resources.some((one) => one === '*' || fitsWildcards(keyArn, one)) &&
    statement.conditions.every((one) => holds(one, facts, statement.effect))
  );
}
