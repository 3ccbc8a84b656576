/**
 * Encrypt.
 * @module
 */
import type { KmsOperation } from '../../call.ts';
import { endDryRun } from '../input/dry-run.ts';
import { requireUsable } from '../input/key-state.ts';
import { Members } from '../input/members.ts';
import { namedKey, refuseGrantTokens } from '../input/named-key.ts';
import { PLAINTEXT, SYMMETRIC, checkAlgorithm } from './message-limits.ts';
import { sealMessage } from './seal-message.ts';

export const encrypt: KmsOperation = {
  name: 'Encrypt',
  async run(input, call) {
    const members = new Members(input);
    const plaintext = members.needBytes('Plaintext', PLAINTEXT);
    try {
      const context = members.context('EncryptionContext');
      refuseGrantTokens(members);
      const key = namedKey(members, call, { action: 'Encrypt', context });
      requireUsable(key, 'ENCRYPT_DECRYPT', 'Encrypt');
      checkAlgorithm(members);
      endDryRun(members);
      const { blob } = await sealMessage(call, key, plaintext, context);
      return { CiphertextBlob: blob, KeyId: key.arn, EncryptionAlgorithm: SYMMETRIC };
    } finally {
      plaintext.fill(0);
    }
  },
};
