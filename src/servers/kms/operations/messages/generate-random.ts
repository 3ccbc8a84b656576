/**
 * GenerateRandom.
 * @module
 */
import type { KmsOperation } from '../../call.ts';
import { asBuffer } from '../../../../base/bytes.ts';
import { KmsError } from '../../kms-error.ts';
import { Members } from '../input/members.ts';
import { refuseRecipient } from './message-limits.ts';

const NUMBER_OF_BYTES = { min: 1, max: 1024 };

export const generateRandom: KmsOperation = {
  name: 'GenerateRandom',
  run(input, call) {
    const members = new Members(input);
    refuseRecipient(members);
    if (members.has('CustomKeyStoreId')) {
      const what = 'CustomKeyStoreId is not supported by this server';
      throw new KmsError('UnsupportedOperationException', what);
    }
    const length = members.number('NumberOfBytes', NUMBER_OF_BYTES);
    if (length === undefined) {
      throw new KmsError('ValidationException', 'NumberOfBytes has to be given');
    }
    const bytes = asBuffer(call.random(length));
    const text = bytes.toString('base64');
    bytes.fill(0);
    return { Plaintext: text };
  },
};
