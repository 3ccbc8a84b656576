/**
 * Operations of this folder, for the router.
 * @module
 */
import type { Operation } from '../protocol/operation.ts';
import { abortMultipartUpload } from './abort-upload.ts';
import { completeMultipartUpload } from './completion/complete-upload.ts';
import { createMultipartUpload } from './create-upload.ts';
import { uploadPartCopy } from './parts/copy-part.ts';
import { listParts } from './parts/list-parts.ts';
import { listMultipartUploads } from './list-uploads.ts';
import { uploadPart } from './parts/upload-part.ts';

export const multipartOperations: readonly Operation[] = [
  createMultipartUpload,
  uploadPart,
  uploadPartCopy,
  completeMultipartUpload,
  abortMultipartUpload,
  listParts,
  listMultipartUploads,
];
