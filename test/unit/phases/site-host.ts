import type { PushInput } from '../../../installer/agent/push-image.ts';
import type { SiteNode } from '../../../installer/site/site.ts';
import type { MemoryCommand } from '../../../installer/testkit/memory-command.ts';
import { MemoryHost } from '../../../installer/testkit/memory-host.ts';
import { systemctl } from '../../../installer/testkit/memory-systemctl.ts';
import type { SiteWorld } from './site-world.ts';

/** A node that submits its share of the secret manager's key when it is asked to, with an agent that pushes images. */
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
  const push = async (input: unknown): Promise<unknown> => {
    const { repository, tag, image } = input as PushInput;
    await world.registry.push(repository, tag, image.manifest.digest);
    return { sentBytes: 1, ms: 1 };
  };
  return new MemoryHost({
    name,
    address,
    line: world.line,
    commands: { systemctl: control },
    agent: { push },
  });
}
