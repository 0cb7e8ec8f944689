import { gunzipSync } from 'node:zlib';
import { containerdSocket, runtimePath } from '../../../installer/agent/paths.ts';
import type { SiteNode } from '../../../installer/site/site.ts';
import type { MemoryCommand } from '../../../installer/testkit/memory-command.ts';
import { MemoryHost } from '../../../installer/testkit/memory-host.ts';
import { systemctl } from '../../../installer/testkit/memory-systemctl.ts';
import { findFiles, lookAtImages, siteAgent } from './site-agent.ts';
import type { SiteWorld } from './site-world.ts';

/** A node with a container runtime and an older agent, that submits its share of the secret manager's key when it is asked to. */
export function siteHost(
  { name, address }: SiteNode,
  world: Pick<SiteWorld, 'line' | 'secrets' | 'registry'>,
): MemoryHost {
  const control: MemoryCommand = (machine, argv, input) => {
    const share = machine.files.text('/etc/perimeter/secrets/unseal-share.json');
    if (argv[1] === 'start' && argv[2] === 'perimeter-unseal.service' && share !== undefined)
      world.secrets.submit((JSON.parse(share) as { key: string }).key);
    return systemctl(machine, argv, input);
  };
  const host = new MemoryHost({
    name,
    address,
    line: world.line,
    agent: siteAgent(world),
    commands: {
      systemctl: control,
      'look-at-images': lookAtImages,
      find: findFiles,
      gzip: unpack,
      mv: rename,
    },
  });
  host.files.edit(runtimePath, 'older');
  host.files.edit(containerdSocket, '');
  return host;
}

const unpack: MemoryCommand = ({ files }, argv) => {
  const packed = argv.at(-1) ?? '';
  const entry = files.get(packed);
  if (entry === undefined) return { exitCode: 1, stderr: `${packed}: no such file` };
  const { mode, owner, group } = entry;
  files.write(packed.replace(/\.gz$/, ''), gunzipSync(entry.content), { mode, owner, group });
  files.remove(packed);
  return {};
};

const rename: MemoryCommand = ({ files }, argv) => {
  const [from = '', to = ''] = argv.slice(-2);
  const entry = files.get(from);
  if (entry === undefined) return { exitCode: 1, stderr: `${from}: no such file` };
  const { mode, owner, group } = entry;
  files.write(to, entry.content, { mode, owner, group });
  files.remove(from);
  return {};
};
