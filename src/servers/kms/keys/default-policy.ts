/**
 * The policy of a key that was made without one.
 * @module
 */

/** Allows the account what its access keys allow, as AWS's default policy does. */
export function defaultPolicy(account: string): string {
  const statement = {
    Sid: 'Enable IAM User Permissions',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: 'kms:*',
    Resource: '*',
  };
  const policy = { Version: '2012-10-17', Id: 'key-default-1', Statement: [statement] };
  return JSON.stringify(policy, null, 2);
}
