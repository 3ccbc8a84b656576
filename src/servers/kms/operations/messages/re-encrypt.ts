/**
 * ReEncrypt.
 * @module
 */
import type { KmsOperation } from '../../call.ts';
import { endDryRun } from '../input/dry-run.ts';
import { requireUsable } from '../input/key-state.ts';
import { Members } from '../input/members.ts';
import { namedKey, refuseGrantTokens } from '../input/named-key.ts';
import { SYMMETRIC, checkAlgorithm } from './message-limits.ts';
import { openMessage } from './open-message.ts';
import { sealMessage } from './seal-message.ts';

export const reEncrypt: KmsOperation = {
  name: 'ReEncrypt',
  async run(input, call) {
    const members = new Members(input);
    const source = members.context('SourceEncryptionContext');
    const context = members.context('DestinationEncryptionContext');
    refuseGrantTokens(members);
    checkAlgorithm(members, 'SourceEncryptionAlgorithm');
    checkAlgorithm(members, 'DestinationEncryptionAlgorithm');
    // The source first: the audit log names it before the destination.
    const opened = openMessage(members, call, {
      member: 'SourceKeyId',
      action: 'ReEncryptFrom',
      operation: 'ReEncrypt',
      context: source,
    });
    try {
      const naming = { member: 'DestinationKeyId', action: 'ReEncryptTo', context };
      const destination = namedKey(members, call, naming);
      requireUsable(destination, 'ENCRYPT_DECRYPT', 'ReEncrypt');
      endDryRun(members);
      const sealed = await sealMessage(call, destination, opened.plaintext, context);
      return {
        CiphertextBlob: sealed.blob,
        SourceKeyId: opened.key.arn,
        KeyId: destination.arn,
        SourceEncryptionAlgorithm: SYMMETRIC,
        DestinationEncryptionAlgorithm: SYMMETRIC,
        SourceKeyMaterialId: opened.keyMaterialId,
        DestinationKeyMaterialId: sealed.keyMaterialId,
      };
    } finally {
      opened.plaintext.fill(0);
    }
  },
};
