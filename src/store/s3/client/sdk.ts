/**
 * The AWS SDK, as far as it is used here; the one place that loads it.
 *
 * An `import` of a CommonJS package reads it three times: to guess what it is, to guess what it exports, and to run
 * it. Of this one that costs a tenth of the time it takes to load, at the start of every command.
 * @module
 */
import { createRequire } from 'node:module';
import type * as Sdk from '@aws-sdk/client-s3';

const require = createRequire(import.meta.url);

export const {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectRetentionCommand,
  S3Client,
  UploadPartCommand,
} = require('@aws-sdk/client-s3') as typeof Sdk;

export type AbortMultipartUploadCommand = Sdk.AbortMultipartUploadCommand;
export type CompleteMultipartUploadCommand = Sdk.CompleteMultipartUploadCommand;
export type CreateMultipartUploadCommand = Sdk.CreateMultipartUploadCommand;
export type S3Client = Sdk.S3Client;
export type UploadPartCommand = Sdk.UploadPartCommand;

/** Loaded when something is uploaded in parts. */
export function loadLibStorage(): typeof import('@aws-sdk/lib-storage') {
  return require('@aws-sdk/lib-storage') as typeof import('@aws-sdk/lib-storage');
}
