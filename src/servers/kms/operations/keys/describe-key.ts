/**
 * DescribeKey.
 * @module
 */
import type { KmsOperation } from '../../call.ts';
import { Members } from '../input/members.ts';
import { namedKey, refuseGrantTokens } from '../input/named-key.ts';
import { keyMetadata } from './key-metadata.ts';

export const describeKey: KmsOperation = {
  name: 'DescribeKey',
  run(input, call) {
    const members = new Members(input);
    refuseGrantTokens(members);
    const key = namedKey(members, call, { action: 'DescribeKey' });
    return { KeyMetadata: keyMetadata(key, call) };
  },
};
