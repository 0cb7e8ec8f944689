import { z } from 'zod';
import { waitFor } from '../../base/condition.ts';
import type { HostView } from '../../hosts/host.ts';
import { told } from '../fields.ts';
import { defineModule } from '../module.ts';

const usualSeconds = 900;

const args = z.strictObject({
  reboot_timeout: told(z.number().positive().optional(), 'seconds until the host must be back', usualSeconds),
  msg: told(z.string().optional(), 'what people who are logged in are told'),
});

const bootIdPath = '/proc/sys/kernel/random/boot_id';
/** By itself systemd would take up to a minute more. */
const inASecond = [
  'systemd-run',
  '--quiet',
  '--collect',
  '--on-active=1',
  '--timer-property=AccuracySec=100ms',
];

/** Acts every time, so it is for handlers. Servers check their memory at start, which takes minutes. */
export const reboot = defineModule<typeof args, string>({
  name: 'reboot',
  summary: 'Boot the host once more and wait until it answers again; only in handlers.',
  example: "reboot: {reboot_timeout: 1200, msg: 'back in a few minutes'}",
  args,
  onlyInHandlers: () => 'a reboot is done every time, so it belongs to a handler that tasks notify',
  inspect: bootId,
  plan: ({ msg }) => ({
    sentence: `boot the host once more${msg === undefined ? '' : `: ${msg}`}`,
    differences: [],
  }),
  async apply(
    { reboot_timeout: seconds = usualSeconds, msg = 'perimeter boots this host once more' },
    before,
    host,
  ) {
    // A second later, so that the answer to this command still arrives.
    await host.run(['wall', msg], { okExitCodes: 'any' });
    await host.run([...inASecond, 'systemctl', 'reboot']);
    await waitFor({
      description: `${host.name} has booted once more`,
      timeoutMs: seconds * 1000,
      intervalMs: 1_000,
      probe: async () => (await bootId(undefined, host)) !== before || undefined,
    });
  },
});

async function bootId(_task: unknown, host: HostView): Promise<string> {
  return (await host.readFile(bootIdPath))?.trim() ?? '';
}
