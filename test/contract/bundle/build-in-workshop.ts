/** Builds one artifact of a workshop in a process of its own, which can be killed: NODE build-in-workshop.ts OPTIONS NAME. */
import process from 'node:process';
import { type BuildOptions, buildAll } from '../../../installer/bundle/build-bundle.ts';

const [options = '{}', name = ''] = process.argv.slice(2);
await buildAll({ ...(JSON.parse(options) as BuildOptions), names: [name] });
