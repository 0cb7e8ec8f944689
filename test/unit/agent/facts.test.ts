import { describe, expect, it } from 'vitest';
import { readFacts } from '../../../installer/agent/facts.ts';
import { factsResultSchema } from '../../../installer/agent/protocol.ts';
import { sourceFiles } from '../architecture/source-files.ts';

/** They take no input that could become a part of a command line, and none of them talks to the network. */
const fixedCalls = ['bios', 'cpu', 'diskLayout', 'mem', 'memLayout', 'system', 'version'];

describe('what the agent tells of its machine', () => {
  it('is what systeminformation says, as it says it', async () => {
    const facts = factsResultSchema.parse(JSON.parse(JSON.stringify(await readFacts())));
    const raw = (key: string): string | undefined => facts.find((fact) => fact.key === key)?.raw;
    expect(Number(raw('memoryBytes'))).toBeGreaterThan(100e6);
    expect(raw('processor')).toMatch(/\w/);
    expect(raw('libraryVersion')).toMatch(/^\d+\.\d+\.\d+$/);
    // Junk is not sorted out here: whoever reads it must be able to see it.
    expect(raw('system.serial')).toBeTypeOf('string');
    for (const { key, raw: text } of facts)
      if (key === 'disk') expect(JSON.parse(text)).toHaveProperty('name');
  }, 60_000);

  it('is asked by fixed calls only', () => {
    const users = sourceFiles('installer').filter(({ text }) => text.includes("from 'systeminformation'"));
    expect(users.map(({ path }) => path)).toEqual(['installer/agent/facts.ts']);
    const calls = [...(users[0]?.text ?? '').matchAll(/\bsi\.(\w+)\(([^)]*)\)/g)];
    expect([...new Set(calls.map(([, name]) => name))].toSorted()).toEqual(fixedCalls);
    expect(calls.filter(([, , given]) => given !== '')).toEqual([]);
  });
});
