/**
 * Whom a statement is about.
 * @module
 */
import { asRecord, malformed, textsOf } from './policy-pieces.ts';

/** Everybody, as `principals` has it. */
export const EVERYBODY = '*';

/** What IAM lets a user be called. */
const USER_NAME = /^[\w+=,.@-]{1,64}$/;

/** The name of an access key as policies and the audit log have it. */
export function userArn(account: string, name: string): string {
  return `arn:aws:iam::${account}:user/${name}`;
}

/** `"*"`, `{"AWS": …}` with the account, its root, or users; as ARNs or `*`. */
export function parsePrincipals(value: unknown, account: string): string[] {
  if (value === EVERYBODY) return [EVERYBODY];
  const { AWS: given, ...others } = asRecord(value, 'Principal');
  // No AWS service and no identity provider ever calls this server.
  if (Object.keys(others).length > 0) throw invalidPrincipals();
  return textsOf(given, 'Principal').map((one) => parsePrincipal(one, account));
}

/** Whether a principal of a statement means this user. The root stands for everybody in the account. */
export function meansUser(principal: string, arn: string): boolean {
  return principal === EVERYBODY || principal === arn;
}

function parsePrincipal(text: string, account: string): string {
  const root = `arn:aws:iam::${account}:root`;
  if (text === EVERYBODY || text === account || text === root) return EVERYBODY;
  const prefix = userArn(account, '');
  if (text.startsWith(prefix) && USER_NAME.test(text.slice(prefix.length))) return text;
  throw invalidPrincipals();
}

/** In AWS's words. */
function invalidPrincipals(): Error {
  return malformed('Policy contains a statement with one or more invalid principals.');
}
