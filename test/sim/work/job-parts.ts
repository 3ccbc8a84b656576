/**
 * What a job of the simulator is begun with.
 * @module
 */
import type { Chance } from '../chance.ts';
import type { Ledger } from '../checks/ledger.ts';
import type { Plan } from '../plan.ts';
import type { Host, WrapStore } from '../world/host.ts';
import type { LightBackup } from './light-backup.ts';
import type { ChangingTree } from './tree.ts';

/** A bug put into a part that the simulator can get at, to see that it is found. */
export interface PlantedBug {
  readonly commit?: NonNullable<LightBackup['commit']>;
  /** Between a backup and its store. */
  readonly wrapBackup?: WrapStore;
  /** Between a prune and its store. */
  readonly wrapPrune?: WrapStore;
}

export interface JobParts {
  readonly ledger: Ledger;
  readonly plan: Plan;
  readonly chance: Chance;
  readonly treeOf: (host: Host) => ChangingTree;
  /** Names of the packs that are stored. */
  readonly packs: () => readonly string[];
  /** Ids (hex) of all chunks that a stored snapshot needs; takes no time. */
  readonly needsOf: (snapshotId: string) => Promise<ReadonlySet<string>>;
  readonly bug?: PlantedBug | undefined;
}
