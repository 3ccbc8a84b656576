/**
 * New packs for a repair: whatever happens, what is durable is in the index when it ends.
 * @module
 */
import { PackSink } from '../../vault/pack/pack-sink.ts';
import type { Vault } from '../../vault/vault.ts';

/** @param work gets no sink in a dry run */
export async function withSink<T>(
  vault: Vault,
  options: { readonly dryRun: boolean; readonly signal: AbortSignal },
  work: (sink: PackSink | undefined) => Promise<T>,
): Promise<T> {
  if (options.dryRun) return work(undefined);
  const sink = new PackSink({ vault, signal: options.signal });
  try {
    const result = await work(sink);
    await sink.finish();
    return result;
  } catch (error) {
    await sink.salvage().catch(() => undefined);
    throw error;
  }
}
