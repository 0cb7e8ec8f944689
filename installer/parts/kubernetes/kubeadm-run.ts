import { waitFor } from '../../base/condition.ts';
import { PerimeterError } from '../../base/errors.ts';
import type { HostHands, HostView } from '../../hosts/host.ts';
import { kubeadmPaths } from './kubeadm-paths.ts';
import type { Undertaking } from './node-state.ts';

const unit = 'perimeter-kubeadm.service';

/** True while kubeadm works on the host, whoever started it. */
export async function kubeadmRuns(host: HostView): Promise<boolean> {
  const { stdout } = await host.query(['systemctl', 'show', '--property=ActiveState', unit]);
  return /^ActiveState=(active|activating|deactivating|reloading)$/m.test(stdout);
}

/**
 * Starts `kubeadm <arguments>` as a unit of the host's systemd. So it is never cut off half-way by a lost connection or a killed
 * installer, can never run twice at once, and its success is written down on the node itself, by systemd, before anybody asks.
 */
export async function startKubeadm(
  host: HostHands,
  argv: readonly string[],
  undertaking: Undertaking,
): Promise<void> {
  await host.writeFile(kubeadmPaths.begun, `${JSON.stringify(undertaking)}\n`);
  await host.run(['rm', '-f', kubeadmPaths.done]);
  await host.run(['mkdir', '-p', '/var/log/perimeter']);
  await host.run(['sync']);
  await host.run(['systemctl', 'reset-failed', unit], { okExitCodes: 'any' });
  await host.run([
    'systemd-run',
    `--unit=${unit}`,
    '--description=kubeadm, started by the perimeter installer',
    '--no-block',
    '--property=Type=oneshot',
    '--property=TimeoutStartSec=15min',
    `--property=StandardOutput=append:${kubeadmPaths.log}`,
    `--property=StandardError=append:${kubeadmPaths.log}`,
    `--property=ExecStartPost=/bin/cp ${kubeadmPaths.begun} ${kubeadmPaths.done}`,
    '--property=ExecStartPost=/bin/sync',
    // However it ends: the configuration holds a token.
    `--property=ExecStopPost=/bin/rm -f ${kubeadmPaths.configuration}`,
    '/usr/local/bin/kubeadm',
    ...argv,
  ]);
}

/** Waits until kubeadm has ended well. Raises E_HOST_COMMAND with the last lines of its log when it failed. */
export async function finishKubeadm(host: HostHands, signal: AbortSignal): Promise<void> {
  await waitFor({
    description: `kubeadm on ${host.name} has ended`,
    timeoutMs: 16 * 60_000,
    intervalMs: 500,
    signal,
    hint: `Look at ${kubeadmPaths.log} on ${host.name}, then run the same command again.`,
    probe: async () => ((await kubeadmRuns(host)) ? undefined : true),
  });
  const [begun, done] = await Promise.all([
    host.readFile(kubeadmPaths.begun),
    host.readFile(kubeadmPaths.done),
  ]);
  if (begun !== undefined && begun === done) return;
  const log = await host.query(['tail', '-n', '25', kubeadmPaths.log], { okExitCodes: 'any' });
  throw new PerimeterError('E_HOST_COMMAND', {
    message: `kubeadm failed on ${host.name} (${host.address}):\n${log.stdout.trim()}`,
    hint: `The whole log is ${kubeadmPaths.log} on ${host.name}. Mend what it names and run the same command again: what was begun is cleaned up first.`,
  });
}
