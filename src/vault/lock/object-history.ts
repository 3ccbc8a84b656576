/**
 * What somebody without the words can do to objects that are locked: hide them behind delete markers, and
 * write others over them. As no name is ever used twice, the first version of an object of ours is the object.
 * @module
 */
import { VAULT_FILE_KEY } from '../../format/documents/vault-file.ts';
import type { ObjectHistory } from '../../store/port.ts';

const KEY = /^(?:keys\/[0-9a-f]{32}\.json|(?:config|index|snapshots|gc)\/[0-9a-f]{32})$/;
const PACK_KEY = /^(?:data|meta)\/([0-9a-f]{2})\/\1[0-9a-f]{30}$/;

/** Whether an object of a vault may have this key. */
export function isVaultKey(key: string): boolean {
  return key === VAULT_FILE_KEY || KEY.test(key) || PACK_KEY.test(key);
}

/** `hidden`: readers find nothing; `replaced`: they find what is not certain to be the first version. */
export type ObjectChange = 'hidden' | 'replaced';

/** What was done to an object since it was written; `undefined` where readers still find it. */
export function changeOf({ first, current }: ObjectHistory): ObjectChange | undefined {
  if (current.isDeleteMarker) return 'hidden';
  if (current.versionId === first.versionId) return undefined;
  // A write whose answer was lost is made again: the same bytes.
  const isSame = current.sizeBytes === first.sizeBytes && current.etag === first.etag;
  return isSame && first.etag !== undefined ? undefined : 'replaced';
}
