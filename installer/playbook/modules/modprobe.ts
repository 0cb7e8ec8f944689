import { z } from 'zod';
import { kernelModule, told } from '../fields.ts';
import { type Difference, defineModule } from '../module.ts';

const args = z.strictObject({
  name: told(kernelModule(), 'the kernel module, loaded now'),
  persistent: told(
    z.enum(['present', 'disabled']).optional(),
    'loaded at every boot, or no longer; not said: as it is',
  ),
});

interface Facts {
  readonly loaded: boolean;
  /** Content of the file that loads it at boot. */
  readonly atBoot: string | undefined;
}

export const modprobe = defineModule<typeof args, Facts>({
  name: 'modprobe',
  summary: 'A kernel module that is loaded; with persistent: present also after every boot.',
  example: 'modprobe: {name: br_netfilter, persistent: present}',
  args,
  watches: ({ name, persistent }) => [
    { kind: 'module', name },
    ...(persistent === undefined ? [] : [{ kind: 'file' as const, name: bootFile(name) }]),
  ],
  async inspect({ name }, host) {
    const [entry, atBoot, builtIn] = await Promise.all([
      host.status(`/sys/module/${name.replaceAll('-', '_')}`),
      host.readFile(bootFile(name)),
      host.query(
        ['sh', '-c', 'grep -qs "/$1\\.ko" "/lib/modules/$(uname -r)/modules.builtin"', 'is-built-in', name],
        { okExitCodes: 'any' },
      ),
    ]);
    return { loaded: entry !== undefined || builtIn.exitCode === 0, atBoot };
  },
  plan({ name, persistent }, { loaded, atBoot }) {
    const differences: Difference[] = [];
    if (!loaded) differences.push({ item: `kernel module ${name}`, wanted: 'loaded', found: 'not loaded' });
    if (persistent === 'present' && atBoot !== `${name}\n`) {
      differences.push({ item: bootFile(name), wanted: name, found: atBoot?.trim() ?? 'nothing there' });
    }
    if (persistent === 'disabled' && atBoot !== undefined) {
      differences.push({ item: bootFile(name), wanted: 'nothing there', found: atBoot.trim() });
    }
    return differences.length === 0 ? undefined : { sentence: `load the kernel module ${name}`, differences };
  },
  async apply({ name, persistent }, { loaded, atBoot }, host) {
    if (persistent === 'present' && atBoot !== `${name}\n`) await host.writeFile(bootFile(name), `${name}\n`);
    if (persistent === 'disabled' && atBoot !== undefined) await host.remove(bootFile(name));
    if (!loaded) await host.run(['modprobe', name]);
  },
});

function bootFile(name: string): string {
  return `/etc/modules-load.d/${name}.conf`;
}
