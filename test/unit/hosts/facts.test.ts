import { describe, expect, it } from 'vitest';
import { gatherFacts } from '../../../installer/hosts/facts.ts';
import { parseFacts } from '../../../installer/hosts/parse-facts.ts';
import { MemoryHost } from '../../../installer/testkit/memory-host.ts';

const output = (...lines: readonly string[]): string => `${lines.join('\n')}\n`;

describe('facts of a host', () => {
  it('are read from one command, and nothing is written', async () => {
    const host = new MemoryHost();
    host.files.edit('/var/lib/perimeter/site.json', '{"site":"try","node":"n1"}');
    const facts = await gatherFacts(host);
    expect(facts).toMatchObject({
      os: { id: 'debian', version: '12', name: 'Debian GNU/Linux 12 (bookworm)' },
      memoryMib: 16_384,
      cgroupVersion: 2,
      kubernetesTraces: [],
      kubeletConfigured: false,
      siteMarker: 'try',
    });
    expect(host.queries).toHaveLength(1);
    expect(host.changes).toEqual([]);
  });

  it('tell ports once, routes as networks, and whether there is a way out', () => {
    const facts = parseFacts(
      output(
        'listen 192B',
        'listen 0016',
        'listen 192B',
        'route 002EA8C0 00FFFFFF',
        'route 00000000 00000000',
        'route 0000600A 0000FFFF',
      ),
      0,
      0,
    );
    expect(facts.listeningPorts).toEqual([22, 6443]);
    expect(facts.routes).toEqual(['192.168.46.0/24', '10.96.0.0/16']);
    expect(facts.hasDefaultRoute).toBe(true);
  });

  it('compare the clocks in the middle of the question', () => {
    const facts = parseFacts(
      output(`clock ${600_100n * 1_000_000n}`, `clock ${600_300n * 1_000_000n}`),
      100,
      300,
    );
    expect(facts.clockSkewMs).toBe(600_000);
    expect(facts.clockErrorMs).toBe(200);
  });

  it('call a marker that makes no sense unreadable, so that it is never taken for ours', () => {
    const marker = (text: string): string | undefined =>
      parseFacts(output(`marker ${Buffer.from(text).toString('base64')}`), 0, 0).siteMarker;
    expect(marker('{"site":"a"}')).toBe('a');
    expect(marker('')).toBeUndefined();
    expect(marker('{')).toBe('unreadable');
    expect(marker('{"site":7}')).toBe('unreadable');
  });

  it('name what another Kubernetes left', () => {
    const facts = parseFacts(output('trace /etc/kubernetes', 'trace /var/lib/kubelet/config.yaml'), 0, 0);
    expect(facts.kubernetesTraces).toEqual(['/etc/kubernetes', '/var/lib/kubelet/config.yaml']);
    expect(facts.kubeletConfigured).toBe(true);
  });
});
