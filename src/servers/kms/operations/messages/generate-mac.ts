/**
 * GenerateMac.
 * @module
 */
import type { KmsOperation } from '../../call.ts';
import { endDryRun } from '../input/dry-run.ts';
import { Members } from '../input/members.ts';
import { macOfMessage } from './mac-of-message.ts';

export const generateMac: KmsOperation = {
  name: 'GenerateMac',
  run(input, call) {
    const members = new Members(input);
    const { key, algorithm, mac } = macOfMessage(members, call, 'GenerateMac');
    endDryRun(members);
    return { Mac: mac.toString('base64'), MacAlgorithm: algorithm, KeyId: key.arn };
  },
};
