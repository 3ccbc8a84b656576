/**
 * Failures as answers, in AWS's words.
 * @module
 */
import { systemCode } from '../../../base/failure.ts';
import { isDatabaseFull } from '../../database/database-failure.ts';
import { BodyCut } from '../../http/read-body.ts';
import { SignatureError } from '../../sigv4/signature-error.ts';
import { signatureMismatch } from '../access/authenticate.ts';
import { incomplete } from '../body/decode-chunks.ts';
import { isDiskFull } from '../storage/disk-failure.ts';
import type { Reply } from './operation.ts';
import { S3Error } from './s3-error.ts';
import { element, plainDocument } from './xml.ts';

/** Anything thrown as something to tell the client: what is none of its business is an InternalError. */
export function asS3Error(error: unknown): S3Error {
  if (error instanceof S3Error) return error;
  if (error instanceof SignatureError) return signatureMismatch(error);
  if (error instanceof BodyCut) return incomplete(error);
  if (isDatabaseFull(error) || isDiskFull(error)) {
    return new S3Error('InsufficientStorage', 'The disk of this server is full.', { cause: error });
  }
  if (systemCode(error) === 'ERR_INVALID_CHAR') {
    // An answer was to have a header, such as `response-content-type` asks for, that cannot be sent.
    const why = 'Header value cannot be represented using ISO-8859-1.';
    return new S3Error('InvalidArgument', why, { cause: error });
  }
  const message = 'We encountered an internal error. Please try again.';
  return new S3Error('InternalError', message, { cause: error });
}

export interface ErrorPlace {
  readonly requestId: string;
  readonly hostId: string;
  /** Path as it was asked for. */
  readonly resource: string;
}

export function errorReply(error: S3Error, { requestId, hostId, resource }: ErrorPlace): Reply {
  const { code, status, headers, detail } = error;
  if (status === 304) return { status, headers };
  const body = plainDocument('Error', [
    element('Code', code),
    element('Message', error.message),
    ...Object.entries(detail).map(([name, value]) => element(name, value)),
    element('Resource', resource),
    element('RequestId', requestId),
    element('HostId', hostId),
  ]);
  return { status, headers, body };
}
