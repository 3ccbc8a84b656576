/**
 * The way of a request: verified, understood, allowed, done, written down, answered.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Respond, RequestInfo } from '../../http/listen.ts';
import { signedRequestOf } from '../../http/signed-request.ts';
import type { SignedRequest } from '../../sigv4/signed-request.ts';
import { SigningKeys } from '../../sigv4/signing-key.ts';
import type { AccessKeys } from '../access/access-keys.ts';
import { authenticate } from '../access/authenticate.ts';
import { authorize } from '../access/authorize.ts';
import type { Journal } from '../journal/journal.ts';
import type { RequestRecord } from '../journal/request-record.ts';
import { asS3Error, errorReply } from './error-reply.ts';
import { effectiveHeaders, makeCall } from './make-call.ts';
import type { Backend, Operation, Reply } from './operation.ts';
import { readAddress } from './read-address.ts';
import { makeRouter } from './route.ts';
import type { Router } from './route.ts';
import { sendReply } from './send-reply.ts';

export interface RespondOptions {
  readonly backend: Backend;
  readonly operations: readonly Operation[];
  readonly accessKeys: AccessKeys;
  readonly journal: Journal;
  /** Lower case. */
  readonly domains: readonly string[];
  /** Told of what is nobody's fault but this server's. */
  readonly onError: (error: unknown, requestId: string) => void;
}

interface Rooms extends RespondOptions {
  readonly router: Router;
  readonly signingKeys: SigningKeys;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly info: RequestInfo;
  readonly head: SignedRequest;
  readonly record: RequestRecord;
}

/** In the access log only: nobody is there to be told. */
const CLIENT_GONE = 'ClientGone';

/** Resources in answers: a key of 1,024 bytes, each percent-encoded, and then some. */
const RESOURCE_LENGTH_MAX = 4096;

export function makeRespond(options: RespondOptions): Respond {
  const router = makeRouter(options.operations);
  const rooms: Rooms = { ...options, router, signingKeys: new SigningKeys() };
  return async (request, response, info) => {
    const head = signedRequestOf(request);
    const record = newRecord(head, info);
    const exchange = { request, info, head, record };
    try {
      const reply = await replyTo(rooms, exchange);
      await deliver(rooms, exchange, response, reply);
    } finally {
      if (info.signal.aborted) record.error ??= CLIENT_GONE;
      options.journal.finish(record);
    }
  };
}

/** Does what is asked for, and writes it down. Never throws. */
async function replyTo(rooms: Rooms, exchange: Exchange): Promise<Reply> {
  const { record } = exchange;
  try {
    const reply = await perform(rooms, exchange);
    record.status = reply.status;
    record.versionId = reply.headers?.['x-amz-version-id'] ?? record.versionId;
    await rooms.journal.audit(record);
    return reply;
  } catch (error) {
    const refusal = refuse(rooms, exchange, error);
    try {
      await rooms.journal.audit(record);
      return refusal;
    } catch (worse) {
      return refuse(rooms, exchange, worse);
    }
  }
}

async function perform(rooms: Rooms, { request, info, head, record }: Exchange): Promise<Reply> {
  const { backend, accessKeys, signingKeys, domains, router } = rooms;
  const caller = authenticate(head, {
    accessKeys,
    region: backend.region,
    nowMs: info.receivedMs,
    signingKeys,
    onClaim: (accessKeyId) => void (record.accessKeyId = accessKeyId),
  });
  record.principal = caller.principal.name;
  const address = readAddress(head.target, head.headers.get('host'), domains);
  Object.assign(record, { bucket: address.bucket, key: address.key });
  record.versionId = address.query.get('versionId')?.slice(0, 100);
  const headers = effectiveHeaders(head, address, caller.claim.kind);
  const operation = router(head.method, address, headers);
  record.operation = operation.name;
  record.changes = operation.effect !== 'reads';
  const onBytes = (sizeBytes: number): void => void (record.bytesIn += sizeBytes);
  const parts = { backend, request, info, head, address, caller, headers, onBytes };
  const call = makeCall(parts, operation);
  authorize(call, operation);
  return operation.run(call);
}

async function deliver(
  rooms: Rooms,
  exchange: Exchange,
  response: ServerResponse,
  reply: Reply,
): Promise<void> {
  const { head, info, record } = exchange;
  const context = {
    method: head.method,
    signal: info.signal,
    headers: {
      'x-amz-request-id': info.id,
      'x-amz-id-2': hostIdOf(info.id),
      server: 'cybs3',
    },
    onBytes: (sizeBytes: number) => void (record.bytesOut += sizeBytes),
  };
  try {
    await sendReply(response, reply, context);
  } catch (error) {
    // Once the head is out, the only honest end is a broken connection.
    if (response.headersSent) throw error;
    await sendReply(response, refuse(rooms, exchange, error), context);
  }
}

function refuse(rooms: Rooms, { head, info, record }: Exchange, error: unknown): Reply {
  const refusal = asS3Error(error);
  const isOurs = refusal.code === 'InternalError' && !info.signal.aborted;
  if (isOurs) rooms.onError(refusal.cause ?? refusal, info.id);
  record.status = refusal.status;
  record.error = refusal.code;
  const resource = head.target.split('?', 1)[0] ?? '';
  return errorReply(refusal, {
    requestId: info.id,
    hostId: hostIdOf(info.id),
    resource: resource.slice(0, RESOURCE_LENGTH_MAX),
  });
}

function hostIdOf(requestId: string): string {
  return Buffer.from(`cybs3 ${requestId}`).toString('base64');
}

function newRecord({ method }: SignedRequest, info: RequestInfo): RequestRecord {
  const { id, remoteAddress, receivedMs } = info;
  const counts = { changes: false, status: 0, bytesIn: 0, bytesOut: 0 };
  return { id, remoteAddress, receivedMs, method: method.slice(0, 20), ...counts };
}
