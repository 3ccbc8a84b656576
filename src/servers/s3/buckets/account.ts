/**
 * Whose everything is. A server is one account; its access keys are that account's users.
 * @module
 */

/** As in `arn:aws:iam::000000000000:user/<name>` and `x-amz-expected-bucket-owner`. */
export const ACCOUNT_ID = '000000000000';

/** What answers call the owner of buckets and objects: the form of AWS's canonical user id. */
export const OWNER_ID = '0'.repeat(64);

/** `DisplayName` of that owner. */
export const OWNER_NAME = 'cybs3';
