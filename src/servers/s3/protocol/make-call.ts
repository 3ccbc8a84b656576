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
import type { Principal } from '../model/principal.ts';
import type {
  Backend,
  BodyOptions,
  Call,
  CheckedBody,
  NamedThing,
  Operation,
} from './operation.ts';
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
  return new RequestCall(parts, operation);
}

/**
 * A class, as an object literal with a `get` is given a shape of its own each time: V8 keeps shapes
 * among what lives long, and with this one all that the request has, until a full collection.
 */
class RequestCall implements Call {
  readonly catalog: Call['catalog'];
  readonly extents: Call['extents'];
  readonly keyring: Call['keyring'];
  readonly clock: Call['clock'];
  readonly random: Call['random'];
  readonly region: string;
  readonly id: string;
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: Headers;
  readonly principal: Principal;
  readonly nowMs: number;
  readonly signal: AbortSignal;
  readonly isTls: boolean;
  readonly remoteAddress: string;
  readonly #parts: CallParts;
  readonly #operation: Operation;
  #declared: DeclaredBody | undefined;
  #isTaken = false;

  constructor(parts: CallParts, operation: Operation) {
    const { backend, info, head, address, caller, headers } = parts;
    this.#parts = parts;
    this.#operation = operation;
    this.catalog = backend.catalog;
    this.extents = backend.extents;
    this.keyring = backend.keyring;
    this.clock = backend.clock;
    this.random = backend.random;
    this.region = backend.region;
    this.id = info.id;
    this.method = head.method;
    this.bucket = address.bucket;
    this.key = address.key;
    this.query = withoutSignature(address.query);
    this.headers = headers;
    this.principal = caller.principal;
    this.nowMs = info.receivedMs;
    this.signal = info.signal;
    this.isTls = info.isTls;
    this.remoteAddress = info.remoteAddress;
  }

  get declaredBytes(): number | undefined {
    return this.#declaration().sizeBytes;
  }

  isAllowed(action: string, thing: NamedThing): boolean {
    return isAllowed(this, action, thing);
  }

  body(options?: BodyOptions): CheckedBody {
    if (this.#declaration().isAbsent) {
      const message = 'You must provide the Content-Length HTTP header.';
      throw new S3Error('MissingContentLength', message);
    }
    return this.#take(options);
  }

  document(limitBytes: number): Promise<Buffer> {
    return readDocument(this.#take(), limitBytes);
  }

  #declaration(): DeclaredBody {
    if (this.#declared !== undefined) return this.#declared;
    const { headers, caller } = this.#parts;
    const isBodys = this.#operation.name !== CHECKSUM_IS_NOT_OF_BODY;
    const bodyHeaders = isBodys ? headers : withoutChecksums(headers);
    return (this.#declared = readDeclaredBody(bodyHeaders, caller.claim.payloadHash));
  }

  #take(options?: BodyOptions): CheckedBody {
    if (this.#isTaken) throw new Error('the body of a request can be read once');
    this.#isTaken = true;
    return openBody(this.#parts, this.#declaration(), options);
  }
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
