/**
 * CreateKey.
 * @module
 */
import type { KmsCall, KmsOperation } from '../../call.ts';
import { KEY_SPECS } from '../../keys/key.ts';
import type { KeySpec, KeyUsage } from '../../keys/key.ts';
import { defaultPolicy } from '../../keys/default-policy.ts';
import { KmsError } from '../../kms-error.ts';
import { Members } from '../input/members.ts';
import { readTags } from '../input/tag-list.ts';
import { readPolicy, requireNoLockout } from '../policies/policy-text.ts';
import { keyMetadata } from './key-metadata.ts';

/** Of the API; those that this server has are `KEY_SPECS`. */
const SPECS_OF_AWS = [
  'ECC_NIST_EDWARDS25519',
  'ECC_NIST_P256',
  'ECC_NIST_P384',
  'ECC_NIST_P521',
  'ECC_SECG_P256K1',
  'HMAC_224',
  'HMAC_256',
  'HMAC_384',
  'HMAC_512',
  'ML_DSA_44',
  'ML_DSA_65',
  'ML_DSA_87',
  'ML_KEM_512',
  'ML_KEM_768',
  'ML_KEM_1024',
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'SM2',
  'SYMMETRIC_DEFAULT',
];

const USAGES_OF_AWS = [
  'ENCAPSULATE_DECAPSULATE',
  'ENCRYPT_DECRYPT',
  'GENERATE_VERIFY_MAC',
  'KEY_AGREEMENT',
  'SIGN_VERIFY',
];

const ORIGINS_OF_AWS = ['AWS_CLOUDHSM', 'AWS_KMS', 'EXTERNAL', 'EXTERNAL_KEY_STORE'];

const DESCRIPTION = { min: 0, max: 8192 };

export const createKey: KmsOperation = {
  name: 'CreateKey',
  async run(input, call) {
    const members = new Members(input);
    refuseForeignMaterial(members);
    const spec = readSpec(members);
    checkUsage(members.choice('KeyUsage', USAGES_OF_AWS), spec);
    const description = members.text('Description', DESCRIPTION) ?? '';
    const tags = readTags(members.list('Tags') ?? []);
    if (tags.length > 0) call.authorizeAlso('TagResource');
    const policy = choosePolicy(members, call);
    const key = await call.keys.create({ spec, description, policy, tags }, call.nowMs);
    return { KeyMetadata: keyMetadata(key, call) };
  },
};

function choosePolicy(members: Members, call: KmsCall): string {
  const text = readPolicy(members);
  if (text === undefined) return defaultPolicy(call.account);
  // The key has no id yet: its policy can only name it with a wildcard.
  requireNoLockout(members, { text, keyArn: call.keys.names.keyArn('') }, call);
  return text;
}

function refuseForeignMaterial(members: Members): void {
  const origin = members.choice('Origin', ORIGINS_OF_AWS) ?? 'AWS_KMS';
  if (origin !== 'AWS_KMS') throw unsupported(`Origin ${origin}`);
  if (members.flag('MultiRegion')) throw unsupported('MultiRegion');
  for (const name of ['CustomKeyStoreId', 'XksKeyId']) {
    if (members.has(name)) throw unsupported(name);
  }
}

function readSpec(members: Members): KeySpec {
  const asked = members.choice('KeySpec', SPECS_OF_AWS);
  const old = members.choice('CustomerMasterKeySpec', SPECS_OF_AWS);
  if (asked !== undefined && old !== undefined) {
    const what = 'You cannot specify KeySpec and CustomerMasterKeySpec in the same request.';
    throw new KmsError('ValidationException', `${what} CustomerMasterKeySpec is deprecated.`);
  }
  const spec = asked ?? old ?? 'SYMMETRIC_DEFAULT';
  if (isOurs(spec)) return spec;
  throw unsupported(`KeySpec ${spec}`);
}

function isOurs(spec: string): spec is KeySpec {
  return Object.hasOwn(KEY_SPECS, spec);
}

function checkUsage(asked: string | undefined, spec: KeySpec): void {
  const usage: KeyUsage = KEY_SPECS[spec].usage;
  if (asked === undefined && spec !== 'SYMMETRIC_DEFAULT') {
    const what = 'You must specify a KeyUsage value for all KMS keys except for symmetric';
    throw new KmsError('ValidationException', `${what} encryption keys.`);
  }
  if (asked === undefined || asked === usage) return;
  const what = `KeyUsage ${asked} is not compatible with KeySpec ${spec}`;
  throw new KmsError('ValidationException', what);
}

function unsupported(what: string): KmsError {
  return new KmsError('UnsupportedOperationException', `${what} is not supported by this server`);
}
