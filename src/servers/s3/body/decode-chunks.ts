/**
 * Takes the aws-chunked encoding off a body: `size;chunk-signature=…` CRLF, bytes, CRLF, and so on to a chunk of
 * size 0, after which headers may trail. Source: AWS, "Signature calculations for the Authorization header".
 *
 * The bytes of a chunk go on as they come, so a chunk may be of any size; a signature is verified at the chunk's
 * end. Whoever reads keeps what came to itself until the end was reached.
 * @module
 */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { ChunkSignatures } from '../../sigv4/chunk-signature.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { ChunkReader, EndedEarly, LineTooLong } from './chunk-reader.ts';

export interface ChunkOptions {
  /** Where each chunk is signed. */
  readonly signatures: ChunkSignatures | undefined;
  readonly hasTrailer: boolean;
  /** Gets what trails, by lower-case name, verified where it is signed. */
  readonly onTrailer: (headers: ReadonlyMap<string, string>) => void;
}

const SIZE_LINE_MAX = 200;
const TRAILER_LINE_MAX = 1024;
const TRAILER_LINES_MAX = 16;
const SIZE_LINE = /^([0-9a-fA-F]{1,10})(?:;chunk-signature=([0-9a-f]{64}))?\r$/;
const TRAILER_LINE = /^([A-Za-z0-9-]+):[ \t]*([^\r\n]*?)[ \t]*\r?$/;
const TRAILER_SIGNATURE = 'x-amz-trailer-signature';

/**
 * @throws S3Error `IncompleteBody`, `InvalidRequest` where the framing is wrong, `MalformedTrailerError`;
 * SignatureError
 */
export async function* decodeChunks(
  source: AsyncIterable<Buffer>,
  options: ChunkOptions,
): AsyncGenerator<Buffer> {
  const reader = new ChunkReader(source);
  try {
    for (;;) {
      const size = yield* decodeChunk(reader, options);
      if (size === 0) break;
      await endLine(reader);
    }
    if (options.hasTrailer) await readTrailer(reader, options);
    else await endLine(reader);
    if (!(await reader.isAtEnd())) throw badFraming();
  } catch (cause) {
    if (cause instanceof EndedEarly) throw incomplete(cause);
    if (cause instanceof LineTooLong) throw badFraming(cause);
    throw cause;
  }
}

/** @returns its size */
async function* decodeChunk(
  reader: ChunkReader,
  { signatures }: ChunkOptions,
): AsyncGenerator<Buffer, number> {
  const [, hex, signature] = SIZE_LINE.exec(await reader.line(SIZE_LINE_MAX)) ?? [];
  const isFine = hex !== undefined && (signature !== undefined || signatures === undefined);
  if (!isFine) throw badFraming();
  const size = Number.parseInt(hex, 16);
  const hash: Hash | undefined = signatures && createHash('sha256');
  for await (const piece of reader.bytes(size)) {
    hash?.update(piece);
    yield piece;
  }
  if (hash && signature !== undefined) signatures?.verifyChunk(hash.digest('hex'), signature);
  return size;
}

async function endLine(reader: ChunkReader): Promise<void> {
  if ((await reader.line(2)) !== '\r') throw badFraming();
}

async function readTrailer(reader: ChunkReader, options: ChunkOptions): Promise<void> {
  const headers = new Map<string, string>();
  const { signatures } = options;
  for (let lines = 0; ; lines++) {
    if (lines > TRAILER_LINES_MAX) throw badTrailer();
    const line = await reader.line(TRAILER_LINE_MAX);
    if (line === '\r') {
      // Some clients end the headers with an empty line before their signature comes.
      if (signatures === undefined || headers.has(TRAILER_SIGNATURE)) break;
      continue;
    }
    const [, name, value] = TRAILER_LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) throw badTrailer();
    if (headers.has(name.toLowerCase())) throw badTrailer();
    headers.set(name.toLowerCase(), value);
    // Others leave out the empty line at the very end; the signature vouches for what there is.
    if (signatures && headers.has(TRAILER_SIGNATURE) && (await reader.isAtEnd())) break;
  }
  if (signatures) verifyTrailer(headers, signatures);
  headers.delete(TRAILER_SIGNATURE);
  options.onTrailer(headers);
}

function verifyTrailer(headers: ReadonlyMap<string, string>, signatures: ChunkSignatures): void {
  const hash = createHash('sha256');
  for (const name of [...headers.keys()].sort()) {
    if (name !== TRAILER_SIGNATURE) hash.update(`${name}:${headers.get(name)}\n`, 'latin1');
  }
  signatures.verifyTrailer(hash.digest('hex'), headers.get(TRAILER_SIGNATURE) ?? '');
}

export function incomplete(cause?: unknown): S3Error {
  const message =
    'You did not provide the number of bytes specified by the Content-Length HTTP header';
  return new S3Error('IncompleteBody', message, cause === undefined ? {} : { cause });
}

function badFraming(cause?: unknown): S3Error {
  const message = 'The body is not in the aws-chunked encoding that its headers announce.';
  return new S3Error('InvalidRequest', message, cause === undefined ? {} : { cause });
}

export function badTrailer(): S3Error {
  const message =
    'The request contained trailing data that was not well-formed ' +
    'or did not conform to our published schema.';
  return new S3Error('MalformedTrailerError', message);
}
