import type { Site } from '../../site/site.ts';
import { vaultUrl } from './vault-server.ts';

/** A file that a control-plane node needs to open the secret manager with its share. */
export interface NodeFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

const folder = '/etc/perimeter/secrets';
export const sharePath = `${folder}/unseal-share.json`;
export const unsealService = 'perimeter-unseal.service';
export const unsealTimer = 'perimeter-unseal.timer';

/** The share as the request body that submits it, so that it never becomes an argument. */
export function shareFile(share: string): NodeFile {
  return { path: sharePath, content: `${JSON.stringify({ key: share })}\n`, mode: 0o600 };
}

/** Script and units; no secret in them. The site's authority is on every node since it was prepared. */
export function unsealFiles(site: Site): readonly NodeFile[] {
  return [
    { path: '/usr/local/lib/perimeter/unseal', content: script(vaultUrl(site)), mode: 0o755 },
    { path: `/etc/systemd/system/${unsealService}`, content: service, mode: 0o644 },
    { path: `/etc/systemd/system/${unsealTimer}`, content: timer, mode: 0o644 },
  ];
}

const script = (url: string): string => `#!/bin/sh
# Submits this node's share of the key while the secret manager is sealed. Any two shares open it. Nothing to do is no failure.
set -eu
ask() {
  curl --silent --noproxy '*' --max-time 5 --cacert /etc/perimeter/site-ca.crt "$@"
}
status=$(ask ${url}/v1/sys/seal-status) || exit 0
case $status in *'"initialized":true'*) ;; *) exit 0 ;; esac
case $status in *'"sealed":true'*) ;; *) exit 0 ;; esac
ask --request PUT --data @${sharePath} --output /dev/null ${url}/v1/sys/unseal
echo 'share submitted'
`;

const service = `[Unit]
Description=Open the secret manager with this node's share
ConditionPathExists=${sharePath}

[Service]
Type=oneshot
ExecStart=/usr/local/lib/perimeter/unseal
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
NoNewPrivileges=yes
`;

const timer = `[Unit]
Description=Look whether the secret manager is sealed

[Timer]
OnBootSec=20
OnUnitInactiveSec=10
AccuracySec=1

[Install]
WantedBy=timers.target
`;

/** What opens the secret manager on a control-plane node, for those who watch that it stays. */
export function unsealThings(
  site: Site,
): readonly { readonly kind: 'file' | 'unit'; readonly name: string }[] {
  const files = [...unsealFiles(site).map(({ path }) => path), sharePath];
  return [...files.map((name) => ({ kind: 'file' as const, name })), { kind: 'unit', name: unsealTimer }];
}
