/**
 * Opens the catalog of a data folder: one SQLite file, `catalog.db`.
 * @module
 */
import { join } from 'node:path';
import { openDatabase, openReadonly } from '../../database/open-database.ts';
import type { Catalog } from './catalog.ts';
import type { ExtentIndex } from './extent-index.ts';
import { SqliteCatalog } from './sqlite-catalog.ts';
import { MIGRATIONS } from './tables/schema.ts';

const FILE = 'catalog.db';

/**
 * For a server, which must be the only one of the folder (`database/instance-lock.ts`). Counts as a start.
 * @throws AppError `serve/config`, `serve/damaged`, `serve/busy` as `openDatabase`
 */
export function openCatalog(folder: string): Catalog & ExtentIndex {
  return new SqliteCatalog(openDatabase(join(folder, FILE), MIGRATIONS), 'server');
}

/**
 * For a look, also beside a running server: nothing can be changed.
 * @throws AppError `serve/config`, `serve/damaged`, `serve/busy` as `openReadonly`
 */
export function openCatalogReadonly(folder: string): SqliteCatalog {
  return new SqliteCatalog(openReadonly(join(folder, FILE), MIGRATIONS.length), 'reader');
}
