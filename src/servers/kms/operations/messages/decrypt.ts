/**
 * Decrypt.
 * @module
 */
import type { KmsOperation } from '../../call.ts';
import { endDryRun } from '../input/dry-run.ts';
import { Members } from '../input/members.ts';
import { refuseGrantTokens } from '../input/named-key.ts';
import { SYMMETRIC, checkAlgorithm, refuseRecipient } from './message-limits.ts';
import { openMessage } from './open-message.ts';

export const decrypt: KmsOperation = {
  name: 'Decrypt',
  run(input, call) {
    const members = new Members(input);
    const context = members.context('EncryptionContext');
    refuseGrantTokens(members);
    refuseRecipient(members);
    checkAlgorithm(members);
    const opening = { member: 'KeyId', action: 'Decrypt', operation: 'Decrypt', context };
    const { key, plaintext, keyMaterialId } = openMessage(members, call, opening);
    try {
      endDryRun(members);
      return {
        KeyId: key.arn,
        Plaintext: plaintext.toString('base64'),
        EncryptionAlgorithm: SYMMETRIC,
        KeyMaterialId: keyMaterialId,
      };
    } finally {
      plaintext.fill(0);
    }
  },
};
