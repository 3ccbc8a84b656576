/**
 * Writes to a KMS until it is killed, and says on its output what was acknowledged.
 * @module
 */
import { TestKms } from './test-kms.ts';

const [file = ''] = process.argv.slice(2);
const kms = new TestKms(file);

/** A key with an alias, a rotation and a ciphertext from before it. */
async function round(name: string): Promise<void> {
  const id = await kms.createKey({ Description: name });
  process.stdout.write(`key ${id} ${name}\n`);
  const blob = await kms.encrypt(id, name);
  process.stdout.write(`blob ${blob} ${name}\n`);
  await kms.call('RotateKeyOnDemand', { KeyId: id });
  process.stdout.write(`rotated ${id} ${name}\n`);
  await kms.call('CreateAlias', { AliasName: `alias/${name}`, TargetKeyId: id });
  process.stdout.write(`alias alias/${name} ${name}\n`);
}

async function writer(number: number): Promise<never> {
  for (let i = 0; ; i++) await round(`${process.pid}-${number}-${i}`);
}

await Promise.all([1, 2, 3, 4].map((number) => writer(number)));
