#!/usr/bin/env node
import { launch } from './launch.js';
launch('../dist/cli/quickstart.js');
