/** The program from its source, as `bin/cybs3.js` runs it built. */
import { start } from '../../../src/cli/main.ts';

await start();
