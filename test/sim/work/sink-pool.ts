/**
 * Pack sinks that are used again: their buffers take longer to make than a whole backup of a virtual tree.
 *
 * A sink that did not end well is thrown away. When an index file is due is chance's business here: the clock that
 * a sink sees says so.
 * @module
 */
import { PackSink } from '../../../src/vault/pack/pack-sink.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import type { Chance } from '../chance.ts';

const LONG_MS = 10 * 60 * 1000;
const CHECKPOINT_RATE = 0.1;

interface User {
  readonly vault: Vault;
  readonly chance: Chance;
}

interface Reusable {
  readonly sink: PackSink;
  /** Whom it is lent to. Making one draws nothing from anybody's chance, or reusing would be seen. */
  user: User | undefined;
}

const idle: Reusable[] = [];

/** Lends a sink to `use`, which ends with `sink.finish()`. */
export async function withSink<T>(
  vault: Vault,
  chance: Chance,
  use: (sink: PackSink) => Promise<T>,
): Promise<T> {
  const reusable = idle.pop() ?? newSink(vault);
  reusable.user = { vault, chance };
  const result = await use(reusable.sink);
  reusable.user = undefined;
  idle.push(reusable);
  return result;
}

function newSink(template: Vault): Reusable {
  let nowMs = 0;
  const lent: { user: User | undefined } = { user: undefined };
  const user = (): User => {
    if (!lent.user) throw new Error('a sink that is lent to nobody is used');
    return lent.user;
  };
  // Asked for by what the sink is made of, and answered by who uses it then.
  const vault: Vault = {
    ...template,
    get store() {
      return user().vault.store;
    },
    random: (length) => user().vault.random(length),
    clock: () => (nowMs += lent.user?.chance.happens(CHECKPOINT_RATE) ? LONG_MS : 0),
  };
  return Object.assign(lent, { sink: new PackSink({ vault }) });
}
