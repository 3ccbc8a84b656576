/**
 * VerifyMac.
 * @module
 */
import type { KmsOperation } from '../../call.ts';
import { isSameMac } from '../../crypto/mac.ts';
import { KmsError } from '../../kms-error.ts';
import { endDryRun } from '../input/dry-run.ts';
import { Members } from '../input/members.ts';
import { macOfMessage } from './mac-of-message.ts';
import { CIPHERTEXT } from './message-limits.ts';

export const verifyMac: KmsOperation = {
  name: 'VerifyMac',
  run(input, call) {
    const members = new Members(input);
    const given = members.needBytes('Mac', CIPHERTEXT);
    const { key, algorithm, mac } = macOfMessage(members, call, 'VerifyMac');
    if (!isSameMac(mac, given)) {
      throw new KmsError('KMSInvalidMacException', 'the MAC is not valid for the message');
    }
    endDryRun(members);
    return { KeyId: key.arn, MacValid: true, MacAlgorithm: algorithm };
  },
};
