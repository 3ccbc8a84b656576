/** Types of what a test calls in the second reader, which is plain JavaScript. */
export interface OpenSealedOptions {
  readonly kind: number;
  readonly name: string;
  readonly vaultId: Buffer;
  readonly keyOfEpoch: (epoch: number) => Buffer | undefined;
}

export function openSealed(bytes: Buffer, options: OpenSealedOptions): { plain: Buffer };
