/**
 * Operations of this folder, for the router.
 * @module
 */
import type { Operation } from '../protocol/operation.ts';
import { listObjectVersions } from './list-object-versions.ts';
import { listObjectsV2 } from './list-objects-v2.ts';
import { listObjects } from './list-objects.ts';

export const listingOperations: readonly Operation[] = [
  listObjects,
  listObjectsV2,
  listObjectVersions,
];
