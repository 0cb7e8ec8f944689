import { join } from 'node:path';
import { readFileIfThere, writeFileAtomic } from '../../base/files.ts';
import type { HostHands } from '../../hosts/host.ts';
import type { Site } from '../../site/site.ts';
import { shareFile, unsealFiles, unsealService, unsealTimer } from './unseal-unit.ts';

/** Puts script and units, and the share when it is given, on a node, and starts the timer. */
export async function keepShareOnNode(site: Site, host: HostHands, share: string | undefined): Promise<void> {
  await host.makeDirectory('/etc/perimeter/secrets', { mode: 0o700 });
  const files = [...unsealFiles(site), ...(share === undefined ? [] : [shareFile(share)])];
  for (const { path, content, mode } of files) await host.writeFile(path, content, { mode });
  await host.run(['systemctl', 'daemon-reload']);
  await host.run(['systemctl', 'enable', '--now', unsealTimer]);
}

/** Asks a node to submit its share now instead of at the timer's next turn. */
export async function submitShare(host: HostHands): Promise<void> {
  await host.run(['systemctl', 'start', unsealService]);
}

/** The share for people, beside the site's other secrets: the only file of it, and not enough alone. */
export function escrowPath(site: Site): string {
  return join(site.directory, 'escrow-share.txt');
}

export async function holdsEscrow(site: Site, share: string | undefined): Promise<boolean> {
  const text = await readFileIfThere(escrowPath(site));
  return text !== undefined && (share === undefined || text.includes(share));
}

export async function writeEscrow(site: Site, share: string, whole: boolean): Promise<void> {
  const words = whole
    ? [
        'This is the whole key of the secret manager, because the site has a single control-plane node: whoever has this file and',
        'the data of the secret manager can read every secret.',
      ]
    : [
        'This is one share of the key of the secret manager. Any two shares open it; each control-plane node has one of its own.',
        'Alone it opens nothing.',
      ];
  const text = [
    `Escrow share of site ${site.name}`,
    '',
    ...words,
    'Print it or copy it to a medium without network, put that into a safe, and remove this file from this machine.',
    'You need it when all control-plane nodes but one are lost: submit it to the sealed secret manager together with the share of a',
    'surviving node (sys/unseal), or restore a backup with it.',
    '',
    share,
    '',
  ];
  await writeFileAtomic(escrowPath(site), text.join('\n'), 0o600);
}
