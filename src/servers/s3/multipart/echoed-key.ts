/**
 * The key in answers that only repeat what was asked.
 * @module
 */
import { encodeListedKey } from '../listing/encode-listed-key.ts';

// What XML 1.0 can name in no way: nine, ten and thirteen it can.
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const NO_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/**
 * `key`, percent-encoded where XML cannot hold it. The client knows its key; a document that it cannot read would
 * keep the upload's id from it.
 */
export function echoedKey(key: string): string {
  return NO_XML.test(key) ? encodeListedKey(key) : key;
}
