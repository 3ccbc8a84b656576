/**
 * A window as a worker has it: what is to be done, and the files it is writing.
 * @module
 */
import type { FileWriter } from '../../../files/restore/file-writer.ts';
import { ItemTable } from '../plan/item-table.ts';
import { WindowView } from '../plan/window.ts';
import type { WindowShared } from '../plan/window.ts';
import { OpenFiles } from './open-files.ts';

export class OpenWindow {
  readonly view: WindowView;
  readonly items: ItemTable;
  readonly files: OpenFiles;

  constructor(shared: WindowShared, writer: FileWriter) {
    this.view = new WindowView(shared);
    this.items = new ItemTable(shared.items);
    this.files = new OpenFiles(writer);
  }
}
