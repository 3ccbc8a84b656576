/**
 * Everything that the server can do.
 * @module
 */
import { bucketOperations } from './buckets/bucket-operations.ts';
import { lifecycleOperations } from './lifecycle/lifecycle-operations.ts';
import { listingOperations } from './listing/listing-operations.ts';
import { lockOperations } from './lock/lock-operations.ts';
import { multipartOperations } from './multipart/multipart-operations.ts';
import { objectOperations } from './objects/object-operations.ts';
import { policyOperations } from './policy/policy-operations.ts';
import type { Operation } from './protocol/operation.ts';

export const ALL_OPERATIONS: readonly Operation[] = [
  ...bucketOperations,
  ...objectOperations,
  ...multipartOperations,
  ...listingOperations,
  ...lockOperations,
  ...policyOperations,
  ...lifecycleOperations,
];
