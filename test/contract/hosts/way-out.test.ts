import { describe, expect, it } from 'vitest';
import type { HostView } from '../../../installer/hosts/host.ts';
import { localHost } from '../../../installer/hosts/transport/local.ts';
import type { OutsideAnswer } from '../../../installer/preflight/check.ts';
import { readOutside } from '../../../installer/preflight/read-outside.ts';
import { surveyWith } from '../../support/fit-survey.ts';
import { sampleSite } from '../../support/sample-site.ts';

/**
 * A host with two routers behind one another, in network namespaces that vanish with the command: what it runs sees the first one as its
 * default route, and nothing of it leaves this machine.
 */
const twoRouters = [
  'set -e; mount -t tmpfs none /run; mkdir /run/netns; ip link set lo up',
  'for router in r1 r2; do ip netns add $router; ip -n $router link set lo up; ip netns exec $router sysctl -qw net.ipv4.ip_forward=1; done',
  'ip link add name up type veth peer name down netns r1; ip -n r1 link add name out type veth peer name in netns r2',
  'ip addr add 10.9.1.2/24 dev up; ip -n r1 addr add 10.9.1.1/24 dev down; ip -n r1 addr add 10.9.2.1/24 dev out; ip -n r2 addr add 10.9.2.2/24 dev in',
  'ip link set dev up up; ip -n r1 link set dev down up; ip -n r1 link set dev out up; ip -n r2 link set dev in up',
  'ip route add default via 10.9.1.1; ip -n r2 route add 10.9.1.0/24 via 10.9.2.1; ip -n r2 route add default dev lo',
].join('\n');

function behindRouters(prepare: string): HostView {
  const local = localHost('n1');
  const script = `${twoRouters}\n${prepare}\nexec "$@"`;
  const query: HostView['query'] = (argv, options) =>
    local.query(['unshare', '--net', '--mount', 'sh', '-c', script, 'two-routers', ...argv], options);
  return Object.create(local, { query: { value: query } }) as HostView;
}

const site = { ...sampleSite(), network: { ...sampleSite().network, outsideProbes: ['198.51.100.1'] } };
const lookOut = (prepare: string): Promise<readonly OutsideAnswer[]> =>
  readOutside(behindRouters(prepare), site, surveyWith({ nameserver: undefined }));
const routers = (answers: readonly OutsideAnswer[]): unknown[] =>
  answers.flatMap(({ way, address, word, by }) => (way === 'router' ? [`${word} ${by} ${address}`] : []));

describe('a way out, seen through real routers', () => {
  it('shows in what the routers say, although the address itself is silent', async () => {
    const answers = await lookOut('ip -n r1 route add default via 10.9.2.2');
    expect(routers(answers)).toEqual(
      expect.arrayContaining(['1 10.9.1.1 198.51.100.1', '2 10.9.2.2 198.51.100.1']),
    );
  });

  it('does not show behind a router that knows no way', async () => {
    const answers = await lookOut('');
    expect(routers(answers)).toEqual([]);
    // Routers may send so many refusals a second and no more, so some tries end in silence.
    const words = answers.flatMap(({ way, address, word }) =>
      way === 'tcp' && address === '198.51.100.1' ? [word] : [],
    );
    expect(words.filter((word) => word !== 'unreachable' && word !== 'silent')).toEqual([]);
    expect(words).toHaveLength(3);
  });

  it('is a proxy that the settings of the host name, and never with its password', async () => {
    const proxy = [
      'ip addr add 10.9.1.7/24 dev up',
      `perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(LocalAddr => "10.9.1.7:3128", Listen => 5, ReuseAddr => 1) or die; exit 0 if fork;
        alarm 20; while (my $c = $s->accept) { my $line = <$c>; print $c $line =~ /^CONNECT 198.51.100.1:443 / ? "HTTP/1.1 200 Connection established\\r\\n\\r\\n" : "HTTP/1.1 400 no\\r\\n\\r\\n"; close $c; }' > /dev/null 2>&1 < /dev/null`,
      'echo \'https_proxy="http://user:hush@10.9.1.7:3128/"\' > /run/environment; mount --bind /run/environment /etc/environment',
    ].join('\n');
    const answers = await lookOut(proxy);
    expect(answers.filter(({ way }) => way === 'proxy')).toEqual([
      { way: 'proxy', address: '10.9.1.7:3128', word: '200' },
    ]);
    expect(JSON.stringify(answers)).not.toContain('hush');
  });
});
