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
/** Of its pages: keys come in any order, and each touches pages all over the file. */
const CACHE_KIB = 64 * 1024;

/**
 * For a server, which must be the only one of the folder (`database/instance-lock.ts`). Counts as a start.
 * @throws AppError `serve/config`, `serve/damaged`, `serve/busy` as `openDatabase`
 */
export function openCatalog(folder: string): Catalog & ExtentIndex {
  const db = openDatabase(join(folder, FILE), MIGRATIONS);
  db.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
  return new SqliteCatalog(db, 'server');
}

/**
 * For a look, also beside a running server: nothing can be changed.
 * @throws AppError `serve/config`, `serve/damaged`, `serve/busy` as `openReadonly`
 */
export function openCatalogReadonly(folder: string): SqliteCatalog {
  return new SqliteCatalog(openReadonly(join(folder, FILE), MIGRATIONS.length), 'reader');
}
