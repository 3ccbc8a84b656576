/**
 * How the body of a request leaves: hashed no more than needed, in slices, within the upload limit.
 * @module
 */
import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { KiB, MiB } from '../../../base/units.ts';
import type { Throttle } from '../../limit.ts';
import { isLoopback, requireSafe } from '../config.ts';
import type { S3Settings } from '../config.ts';

interface HttpRequest {
  protocol: string;
  hostname: string;
  headers: Record<string, string>;
  query?: Record<string, unknown>;
  body?: unknown;
}

/** Larger slices make TLS buffer the whole body in memory, smaller ones cost more calls. */
const SLICE_BYTES = MiB;
/** Smaller bodies are signed with their hash: it costs nothing, and the server checks it. */
const UNSIGNED_ABOVE_BYTES = 64 * KiB;

/**
 * Puts our steps into the client's stack of middleware. Needs `maxAttempts: 1`: a body is sent
 * once.
 */
export function shapeRequests(client: S3Client, settings: S3Settings): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const { request } = args;
      if (isHttpRequest(request)) prepare(request, settings);
      return next(args);
    },
    { step: 'build', name: 'cybs3Prepare' },
  );
  client.middlewareStack.add(
    (next) => async (args) => {
      const { request } = args;
      if (isHttpRequest(request)) sliceBody(request, settings.limits.upload);
      return next(args);
    },
    // After signing and the content length, which both need the bytes themselves.
    { step: 'finalizeRequest', priority: 'low', name: 'cybs3Slices' },
  );
}

function isHttpRequest(request: unknown): request is HttpRequest {
  return typeof request === 'object' && request !== null && 'headers' in request;
}

function prepare(request: HttpRequest, settings: S3Settings): void {
  // Here too, for an endpoint that came from a profile or a redirect.
  requireSafe(request.protocol, request.hostname, settings.insecureHttp);
  const body = request.body;
  const large = body instanceof Uint8Array && body.length > UNSIGNED_ABOVE_BYTES;
  const isPrivate = request.protocol === 'https:' || isLoopback(request.hostname);
  // Nobody in between can change it; hashing it once more for the signature would cost more than all the rest.
  if (large && isPrivate) {
    request.headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
  }
  // Tells AWS the name of the call; Google's S3 counts it as a wrong signature.
  if (settings.endpoint !== undefined) delete request.query?.['x-id'];
}

function sliceBody(request: HttpRequest, throttle: Throttle | undefined): void {
  const body = request.body;
  if (!(body instanceof Uint8Array)) return;
  const sliceBytes = throttle?.sliceBytes ?? SLICE_BYTES;
  if (body.length > sliceBytes || throttle) request.body = sliced(body, sliceBytes, throttle);
}

/** The bytes as a stream of views, each paid for before it goes. */
function sliced(body: Uint8Array, sliceBytes: number, throttle: Throttle | undefined): Readable {
  let at = 0;
  return new Readable({
    highWaterMark: sliceBytes,
    read() {
      const slice = body.subarray(at, at + sliceBytes);
      at += slice.length;
      const push = () => this.push(slice.length === 0 ? null : slice);
      if (!throttle || slice.length === 0) push();
      else throttle.take(slice.length).then(push, (error: Error) => this.destroy(error));
    },
  });
}
