/**
 * A request as its operation sees it.
 * @module
 */
import type { IncomingMessage } from 'node:http';
import { bodyPieces } from '../../http/read-body.ts';
import type { RequestInfo } from '../../http/listen.ts';
import { ChunkSignatures } from '../../sigv4/chunk-signature.ts';
import type { SignedRequest } from '../../sigv4/signed-request.ts';
import type { Authenticated } from '../access/authenticate.ts';
import { isAllowed } from '../access/authorize.ts';
import { checkBody } from '../body/checked-body.ts';
import { readDeclaredBody } from '../body/declared-body.ts';
import type { DeclaredBody } from '../body/declared-body.ts';
import { readDocument } from '../body/read-document.ts';
import type { Backend, BodyOptions, Call, CheckedBody, Operation } from './operation.ts';
import type { Address } from './read-address.ts';
import { S3Error } from './s3-error.ts';

type Headers = Readonly<Record<string, string | undefined>>;

export interface CallParts {
  readonly backend: Backend;
  readonly request: IncomingMessage;
  readonly info: RequestInfo;
  readonly head: SignedRequest;
  readonly address: Address;
  readonly caller: Authenticated;
  readonly headers: Headers;
  /** Told of each piece of the body. */
  readonly onBytes: (sizeBytes: number) => void;
}

/** Its `x-amz-checksum-…` headers are of the object that comes to be, and not of its body. */
const CHECKSUM_IS_NOT_OF_BODY = 'CompleteMultipartUpload';

export function makeCall(parts: CallParts, operation: Operation): Call {
  const { backend, info, head, address, caller, headers } = parts;
  const bodyHeaders =
    operation.name === CHECKSUM_IS_NOT_OF_BODY ? withoutChecksums(headers) : headers;
  let declared: DeclaredBody | undefined;
  const declaration = (): DeclaredBody =>
    (declared ??= readDeclaredBody(bodyHeaders, caller.claim.payloadHash));
  let isTaken = false;
  const take = (options?: BodyOptions): CheckedBody => {
    if (isTaken) throw new Error('the body of a request can be read once');
    isTaken = true;
    return openBody(parts, declaration(), options);
  };
  const call: Call = {
    ...backend,
    id: info.id,
    method: head.method,
    bucket: address.bucket,
    key: address.key,
    query: withoutSignature(address.query),
    headers,
    principal: caller.principal,
    nowMs: info.receivedMs,
    signal: info.signal,
    isTls: info.isTls,
    remoteAddress: info.remoteAddress,
    get declaredBytes() {
      return declaration().sizeBytes;
    },
    isAllowed: (action, thing) => isAllowed(call, action, thing),
    body(options) {
      if (declaration().isAbsent) {
        const message = 'You must provide the Content-Length HTTP header.';
        throw new S3Error('MissingContentLength', message);
      }
      return take(options);
    },
    document: (limitBytes) => readDocument(take(), limitBytes),
  };
  return call;
}

/**
 * Headers as operations see them: those that a presigned URL carries in its query count, too, and `aws-chunked`
 * is none of the object's own encodings.
 */
export function effectiveHeaders(head: SignedRequest, address: Address, kind: string): Headers {
  const headers: Record<string, string | undefined> = Object.fromEntries(head.headers);
  if (kind === 'query') {
    for (const [name, value] of address.query) {
      const lower = name.toLowerCase();
      if (lower.startsWith('x-amz-') && !SIGNATURE.has(lower)) headers[lower] ??= asHeader(value);
    }
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && /aws-chunked/i.test(encoding)) {
    const own = encoding.split(',').map((one) => one.trim());
    const rest = own.filter((one) => one.toLowerCase() !== 'aws-chunked').join(',');
    headers['content-encoding'] = rest === '' ? undefined : rest;
  }
  return headers;
}

/** As it would have come over the wire: one character for each byte, and nothing that ends a line. */
function asHeader(value: string): string {
  const text = Buffer.from(value).toString('latin1');
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(text)) return text.trim();
  throw new S3Error('InvalidArgument', 'A header in the query holds what no header can.');
}

/** What a presigned URL is signed with, in lower case. */
const SIGNATURE: ReadonlySet<string> = new Set([
  'x-amz-algorithm',
  'x-amz-content-sha256',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
]);

function withoutSignature(query: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const names = [...query.keys()].filter((name) => SIGNATURE.has(name.toLowerCase()));
  if (names.length === 0) return query;
  const rest = new Map(query);
  for (const name of names) rest.delete(name);
  return rest;
}

function withoutChecksums(headers: Headers): Headers {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !/^x-amz-(sdk-)?checksum-/.test(name)),
  );
}

function openBody(parts: CallParts, declared: DeclaredBody, options?: BodyOptions): CheckedBody {
  const { claim, signingKey } = parts.caller;
  const signatures = declared.signsChunks ? new ChunkSignatures(signingKey, claim) : undefined;
  const source = counted(bodyPieces(parts.request), parts.onBytes);
  return checkBody({ source, declared, signatures }, options);
}

async function* counted(
  source: AsyncIterable<Buffer>,
  onBytes: (sizeBytes: number) => void,
): AsyncGenerator<Buffer> {
  for await (const piece of source) {
    onBytes(piece.length);
    yield piece;
  }
}
