import { describe, expect, it } from 'vitest';
import type { ModuleContext, PlaybookModule } from '../../../installer/playbook/module.ts';
import { moduleNamed } from '../../../installer/playbook/modules.ts';
import type { MemoryCommand } from '../../../installer/testkit/memory-command.ts';
import { MemoryHost } from '../../../installer/testkit/memory-host.ts';
import { stateOf } from './state-of.ts';

export interface ModuleCase {
  readonly title: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** Brings a fresh host into the state in which the case begins. */
  readonly prepare?: (host: MemoryHost) => void;
  /** Programs that only this case needs. */
  readonly commands?: Readonly<Record<string, MemoryCommand>>;
  readonly context?: Partial<ModuleContext>;
  /** What the plan must say. */
  readonly sentence: string;
  /** What must be true afterwards. */
  readonly after: (host: MemoryHost) => void;
}

/** What holds for every module: planning writes nothing, after apply the plan is empty, and being cut off anywhere does no harm. */
export function describeModule(name: string, cases: readonly ModuleCase[]): void {
  const module = moduleNamed(name) as PlaybookModule;

  describe.each(cases)(`${name}: $title`, ({ args, prepare, commands = {}, context, sentence, after }) => {
    const whole: ModuleContext = { variables: {}, directory: '/nowhere', quiet: false, ...context };
    const checked = module.args.parse(args);
    const freshHost = (): MemoryHost => {
      const host = new MemoryHost({ commands });
      prepare?.(host);
      return host;
    };
    const look = async (host: MemoryHost) => {
      const facts = await module.inspect(checked, host, whole);
      return { facts, change: module.plan(checked, facts, whole) };
    };
    const makeItSo = async (host: MemoryHost): Promise<void> => {
      const { facts, change } = await look(host);
      if (change !== undefined) await module.apply(checked, facts, host, whole);
    };

    it('says what it will do, and writes nothing while planning', async () => {
      const host = freshHost();
      const before = stateOf(host);
      const { change } = await look(host);
      expect(change?.sentence).toBe(sentence);
      expect(host.changes).toEqual([]);
      expect(stateOf(host)).toEqual(before);
    });

    it('does it, and then has nothing left to do', async () => {
      const host = freshHost();
      await makeItSo(host);
      after(host);
      expect((await look(host)).change).toBeUndefined();
    });

    it('ends in the same state wherever it is cut off', async () => {
      const reference = freshHost();
      await makeItSo(reference);
      expect(reference.changes.length).toBeGreaterThan(0);
      for (let done = 0; done < reference.changes.length; done += 1) {
        const host = freshHost();
        host.interruptAfter(done);
        await expect(makeItSo(host)).rejects.toMatchObject({ code: 'E_HOST_UNREACHABLE' });
        host.reconnect();
        await makeItSo(host);
        expect(stateOf(host)).toEqual(stateOf(reference));
      }
    });
  });
}
