/**
 * Operations of this folder, for the router.
 * @module
 */
import type { Operation } from '../protocol/operation.ts';
import { copyObject } from './copy/copy-object.ts';
import { deleteObject } from './delete/delete-object.ts';
import { deleteObjects } from './delete/delete-objects.ts';
import { getObject, headObject } from './read/get-object.ts';
import { getObjectAttributes } from './read/object-attributes.ts';
import {
  deleteObjectTagging,
  getObjectTagging,
  putObjectTagging,
} from './tagging/object-tagging.ts';
import { putObject } from './write/put-object.ts';

export const objectOperations: readonly Operation[] = [
  getObject,
  headObject,
  getObjectAttributes,
  putObject,
  copyObject,
  deleteObject,
  deleteObjects,
  getObjectTagging,
  putObjectTagging,
  deleteObjectTagging,
];
