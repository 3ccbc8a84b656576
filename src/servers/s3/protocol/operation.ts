/**
 * One request and one answer, as operations see them: the address is parsed, the signature is verified, the
 * caller may do it, and the body is checked while it is read.
 * @module
 */
import type { Clock, RandomBytes } from '../../../base/ports.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Keyring } from '../encryption/keyring.ts';
import type { ChecksumAlgorithm } from '../model/checksum.ts';
import type { Principal } from '../model/principal.ts';
import type { ExtentStore } from '../storage/extent-store.ts';

/** What all requests share. */
export interface Backend {
  readonly catalog: Catalog;
  readonly extents: ExtentStore;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly region: string;
}

/** What is known of a body once it was read to its end. */
export interface BodySummary {
  readonly sizeBytes: number;
  /** Lower-case hex; only where `wantsMd5` was said, or the client sent Content-MD5. */
  readonly md5: string | undefined;
  /** The checksum that the client sent, in a header or a trailer: verified. Base64. */
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined;
}

export interface BodyOptions {
  readonly wantsMd5?: boolean;
  /** Computed also where the client sent none. */
  readonly wantsChecksum?: ChecksumAlgorithm | undefined;
}

/** A body, decoded of aws-chunked. What does not fit what was signed or declared throws while it is read. */
export interface CheckedBody extends AsyncIterable<Buffer> {
  /** Only after the last piece. */
  summary(): BodySummary;
}

/** What an operation asks about by itself. */
export interface NamedThing {
  readonly bucket: string;
  readonly key: string;
  /** Undefined: the latest. */
  readonly versionId: string | undefined;
  /** Tags that the body would give it. */
  readonly requestTags?: Readonly<Record<string, string>> | undefined;
}

export interface Call extends Backend {
  /** Names the request in answers and logs. */
  readonly id: string;
  readonly method: string;
  /** Empty where the operation has none. */
  readonly bucket: string;
  /** Empty where the operation has none. Any bytes in UTF-8, at most 1,024 of them. */
  readonly key: string;
  /** Decoded; without what belongs to the signature of a presigned URL. */
  readonly query: ReadonlyMap<string, string>;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly principal: Principal;
  /** When it was received, by this server's clock. */
  readonly nowMs: number;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  readonly isTls: boolean;
  /** Of the client, as the socket says: no header is believed. */
  readonly remoteAddress: string;
  /** Length of the decoded body, as declared. Undefined where the client did not say. */
  readonly declaredBytes: number | undefined;
  /**
   * Whether the caller may do `action` (`s3:DeleteObject`) to that object, by role, scopes and policy: for
   * operations that touch other keys than the one they are addressed to, or whose body has to be judged, too.
   */
  isAllowed(action: string, thing: NamedThing): boolean;
  /** May be asked for once. */
  body(options?: BodyOptions): CheckedBody;
  /** The whole body where it is a document: at most `limitBytes`, or `MalformedXML`. */
  document(limitBytes: number): Promise<Buffer>;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Strings are XML documents. */
  readonly body?: string | Buffer | AsyncIterable<Buffer>;
  /** Gets each piece of a body that comes in pieces, once nobody looks at it any more. */
  readonly giveBack?: (piece: Buffer) => void;
  /** Of a body that is not here yet, or that HEAD leaves out. */
  readonly contentLength?: number;
}

export interface Operation {
  /** As AWS names it. */
  readonly name: string;
  /** What a policy calls it: `s3:PutObject`. A GET of a version is `s3:GetObjectVersion`, hence the function. */
  readonly action: string | ((call: Call) => string);
  readonly level: 'service' | 'bucket' | 'object';
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Query parameters that must be there, such as `uploadId`; they select the operation. */
  readonly selectors: readonly string[];
  /** Header that must be there, such as `x-amz-copy-source`. */
  readonly selectingHeader?: string;
  /** Query parameters that it understands, beside its selectors. Any other is NotImplemented. */
  readonly parameters: readonly string[];
  /**
   * What a `write-once` key may do: `reads`, `creates` (the operation itself refuses what exists), `lengthens`
   * (the operation itself refuses to shorten) or `changes` (never).
   */
  readonly effect: 'reads' | 'creates' | 'lengthens' | 'changes';
  run(call: Call): Promise<Reply>;
}
