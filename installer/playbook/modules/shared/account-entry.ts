import type { HostView } from '../../../hosts/host.ts';

/** The fields of an entry of passwd or group; undefined when there is none. */
export async function accountEntry(
  host: HostView,
  database: 'passwd' | 'group',
  name: string,
): Promise<readonly string[] | undefined> {
  const { exitCode, stdout } = await host.query(['getent', database, name], { okExitCodes: [0, 2] });
  return exitCode === 0 ? stdout.trim().split(':') : undefined;
}
