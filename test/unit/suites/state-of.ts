import type { MemoryHost } from '../../../installer/testkit/memory-host.ts';

/** The state of a host as it can be compared: the stamps that are written into records count changes, and are left out. */
export function stateOf(host: MemoryHost): unknown {
  return JSON.parse(JSON.stringify(host.machine.snapshot()).replaceAll(/\\"stamp\\": ?\\"\d+\\"/g, 'stamp'));
}
