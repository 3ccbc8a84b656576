/**
 * GenerateDataKey, and the same WithoutPlaintext.
 * @module
 */
import type { KmsOperation } from '../../call.ts';
import { asBuffer } from '../../../../base/bytes.ts';
import { KmsError } from '../../kms-error.ts';
import { endDryRun } from '../input/dry-run.ts';
import { requireUsable } from '../input/key-state.ts';
import { Members } from '../input/members.ts';
import { namedKey, refuseGrantTokens } from '../input/named-key.ts';
import { refuseRecipient } from './message-limits.ts';
import { sealMessage } from './seal-message.ts';

const NUMBER_OF_BYTES = { min: 1, max: 1024 };
const BYTES_OF = { AES_128: 16, AES_256: 32 } as const;

export const generateDataKey = dataKeyOperation('GenerateDataKey', true);

export const generateDataKeyWithoutPlaintext = dataKeyOperation(
  'GenerateDataKeyWithoutPlaintext',
  false,
);

function dataKeyOperation(name: string, showsPlaintext: boolean): KmsOperation {
  return {
    name,
    async run(input, call) {
      const members = new Members(input);
      const length = readLength(members);
      const context = members.context('EncryptionContext');
      refuseGrantTokens(members);
      if (showsPlaintext) refuseRecipient(members);
      const key = namedKey(members, call, { action: name, context });
      requireUsable(key, 'ENCRYPT_DECRYPT', name);
      endDryRun(members);
      const dataKey = asBuffer(call.random(length));
      try {
        const { blob, keyMaterialId } = await sealMessage(call, key, dataKey, context);
        const shown = showsPlaintext && { Plaintext: dataKey.toString('base64') };
        return { CiphertextBlob: blob, ...shown, KeyId: key.arn, KeyMaterialId: keyMaterialId };
      } finally {
        dataKey.fill(0);
      }
    },
  };
}

/** The one or the other has to be given. */
function readLength(members: Members): number {
  const number = members.number('NumberOfBytes', NUMBER_OF_BYTES);
  const spec = members.choice('KeySpec', ['AES_256', 'AES_128']);
  if ((number === undefined) === (spec === undefined)) {
    const what = 'Please specify either number of bytes or key spec.';
    throw new KmsError('ValidationException', what);
  }
  return number ?? BYTES_OF[spec ?? 'AES_256'];
}
