/**
 * What keys and aliases are called: ids, names, ARNs.
 * @module
 */
import { KmsError } from '../kms-error.ts';

export type KeyReference =
  { readonly kind: 'key'; readonly id: string } | { readonly kind: 'alias'; readonly name: string };

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The names of one server's keys: its region and account are in every ARN. */
export class KeyNames {
  readonly region: string;
  readonly account: string;

  constructor(region: string, account: string) {
    this.region = region;
    this.account = account;
  }

  keyArn(id: string): string {
    return `${this.#prefix()}key/${id}`;
  }

  /** @param name with its `alias/` */
  aliasArn(name: string): string {
    return `${this.#prefix()}${name}`;
  }

  #prefix(): string {
    return `arn:aws:kms:${this.region}:${this.account}:`;
  }

  /**
   * Reads a key id, a key ARN, an alias (`alias/…`) or an alias ARN. Whether there is such a key is
   * another question.
   * @throws KmsError `InvalidArnException` for an ARN that is none of a key, `NotFoundException` for
   * another region or account and for what is no name at all
   */
  parse(text: string): KeyReference {
    if (text.startsWith('arn:')) return this.#parseArn(text);
    const reference = referenceOf(text);
    if (reference === undefined) throw new KmsError('NotFoundException', `Invalid keyId '${text}'`);
    return reference;
  }

  #parseArn(text: string): KeyReference {
    const [, partition, service, region, account, resource = '', ...more] = text.split(':');
    const isOurs = partition === 'aws' && service === 'kms' && more.length === 0;
    const reference = isOurs ? referenceOf(resource, true) : undefined;
    if (reference === undefined) throw new KmsError('InvalidArnException', `Invalid arn ${text}`);
    if (region !== this.region || account !== this.account) {
      throw new KmsError('NotFoundException', `Invalid arn ${region}: there is no such key here`);
    }
    return reference;
  }
}

function referenceOf(text: string, isResource = false): KeyReference | undefined {
  if (text.startsWith('alias/')) return { kind: 'alias', name: text };
  const id = isResource ? (/^key\/(.*)$/s.exec(text)?.[1] ?? '') : text;
  return UUID.test(id) ? { kind: 'key', id } : undefined;
}
