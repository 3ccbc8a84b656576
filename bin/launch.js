/**
 * Starts the built program on a Node.js that can run it.
 *
 * Where this Node is too old, the pinned one beside the program (or the one `CYBS3_NODE` names) is
 * started instead, with the same terminal, signals and exit code. This file is parsed by the old Node:
 * it uses nothing newer than what Node 14 understands.
 * @module
 */
import { spawn } from 'child_process';
import { existsSync } from 'fs';
import { constants } from 'os';
import { dirname, join } from 'path';
import { fileURLToPath } from 'url';
import * as zlib from 'zlib';

const EX_CONFIG = 78;
const LOOP_GUARD = 'CYBS3_LAUNCHED';
const here = dirname(fileURLToPath(import.meta.url));

/** 22.15 is the first Node with zstd, and 22.16 has the SQLite that servers need; some odd-numbered ones lack both. */
function isNewEnough() {
  const parts = process.versions.node.split('.').map(Number);
  const version = parts[0] * 1000 + parts[1];
  return version >= 22016 && typeof zlib.zstdCompressSync === 'function';
}

function stop(error, hint) {
  process.stderr.write('cybs3: error: ' + error + '\ncybs3: hint: ' + hint + '\n');
  process.exit(EX_CONFIG);
}

function findNode() {
  if (process.env.CYBS3_NODE) return process.env.CYBS3_NODE;
  const windows = process.platform === 'win32';
  const name = 'node-' + (windows ? 'win' : process.platform) + '-' + process.arch;
  for (let at = here; ; at = dirname(at)) {
    const candidate = join(at, 'node_modules', name, 'bin', windows ? 'node.exe' : 'node');
    if (existsSync(candidate)) return candidate;
    if (dirname(at) === at) return undefined;
  }
}

/** Hands everything over to `node` and ends as it ends. */
function relaunch(node) {
  const child = spawn(node, process.execArgv.concat(process.argv.slice(1)), {
    stdio: 'inherit',
    env: Object.assign({}, process.env, { [LOOP_GUARD]: '1' }),
  });
  // A terminal sends Ctrl-C to both of us; the program counts signals that come together as one.
  ['SIGINT', 'SIGTERM', 'SIGHUP'].forEach((signal) => {
    process.on(signal, () => child.kill(signal));
  });
  child.on('error', (error) => {
    stop('could not start ' + node + ': ' + error.message, 'set CYBS3_NODE to a Node.js ≥ 22.16');
  });
  child.on('exit', (code, signal) => {
    process.exit(signal ? 128 + (constants.signals[signal] || 0) : code);
  });
}

/** @param {string} program the module to run, relative to this file; it exports `start()` */
export function launch(program) {
  if (!isNewEnough()) {
    const node = process.env[LOOP_GUARD] ? undefined : findNode();
    if (node) relaunch(node);
    else {
      stop(
        'Node.js ' + process.versions.node + ' is too old',
        'install Node.js 24 or newer (22.16 is the oldest that works)',
      );
    }
    return;
  }
  delete process.env[LOOP_GUARD];
  if (!existsSync(join(here, program))) stop('the program is not built', 'run `npm run build`');
  void import(program).then((module) => module.start());
}
