/**
 * What is known of one request, filled in while it is worked on.
 * @module
 */

export interface RequestRecord {
  readonly id: string;
  readonly remoteAddress: string;
  readonly receivedMs: number;
  readonly method: string;
  /** As the request claims; whether it is true says `principal`. */
  accessKeyId?: string;
  /** Name of the access key, once the signature was verified. */
  principal?: string;
  operation?: string;
  /** Whether it changes something where it succeeds. */
  changes: boolean;
  bucket?: string;
  key?: string;
  versionId?: string | undefined;
  /** 0: there is no answer. */
  status: number;
  /** AWS's code of the error. */
  error?: string;
  bytesIn: number;
  bytesOut: number;
}
