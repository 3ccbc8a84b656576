/**
 * A thread that asks once, as the walk does, and tells what the answer was.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { WalkControl } from '../../src/jobs/backup/walk/walk-control.ts';

const control = new WalkControl(workerData as SharedArrayBuffer);
const isYes = control.waitForAnswer(() => parentPort?.postMessage('asked'));
parentPort?.postMessage(isYes);
