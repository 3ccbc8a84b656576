/**
 * What a bucket policy judges a request by.
 * @module
 */
import type { Role } from '../model/principal.ts';
import type { Call } from '../protocol/operation.ts';
import { arnOfUser, conditionValues } from './conditions/condition-keys.ts';
import type { PolicyTarget } from './conditions/condition-keys.ts';

export interface PolicyFacts {
  /** `s3:GetObject` */
  readonly action: string;
  /** Of the resource. */
  readonly bucket: string;
  /** `arn:aws:s3:::bucket` or `arn:aws:s3:::bucket/key` */
  readonly resource: string;
  /** `arn:aws:iam::000000000000:user/<name>` */
  readonly principalArn: string;
  readonly principalName: string;
  readonly role: Role;
  /** A full key without scopes stands for the account itself. */
  readonly hasScopes: boolean;
  /** Values of a condition key, as `canonicalConditionKey` has it. Undefined: it is not there. */
  valuesOf(conditionKey: string): readonly string[] | undefined;
}

/**
 * Facts of what the request is addressed to, or of what it touches beside that: the source of a copy, a key in a
 * list of keys to delete, a right to bypass.
 * @param more values that only the body shows, by condition key in lower case
 */
export function policyFactsFor(
  call: Call,
  target: PolicyTarget,
  more: ReadonlyMap<string, string> = new Map(),
): PolicyFacts {
  const { bucket, key } = target;
  const { name, role, scopes } = call.principal;
  return {
    action: target.action,
    bucket,
    resource: key === '' ? `arn:aws:s3:::${bucket}` : `arn:aws:s3:::${bucket}/${key}`,
    principalArn: arnOfUser(name),
    principalName: name,
    role,
    hasScopes: scopes.length > 0,
    valuesOf: (conditionKey) => {
      const value = more.get(conditionKey);
      return value === undefined ? conditionValues(conditionKey, call, target) : [value];
    },
  };
}
