import type { ClockReading, NodeCheck, SiteCheck } from '../check.ts';
import { fail, pass, unknown, warn } from '../judgements.ts';
import { untold } from '../untold.ts';

const limitMs = 1_000;
const advisedMs = 200;
const rtcLimitSeconds = 60;

export const clockChecks: readonly (NodeCheck | SiteCheck)[] = [
  {
    id: 'TIME-01',
    scope: 'node',
    title: 'clock',
    why: 'Certificates, tokens and leader elections go by it.',
    wanted: 'within 1 s of the installer, better 0.2 s, and not set while it is looked at',
    remedy: 'Set the clock, and a time server for good: systemctl enable --now chrony',
    required: true,
    judge({ clock }) {
      if (clock === undefined)
        return unknown('the host told no time', { remedy: 'Ask it on the host: date +%s%N' });
      if (clock.steppedMs !== undefined)
        return fail(
          `the clock of the host, or of the installer's machine, jumped by ${seconds(clock.steppedMs)} while it was looked at`,
          {
            remedy:
              'Somebody or something sets it. Wait until it has settled (chronyc waitsync; timedatectl), then run the same command again.',
          },
        );
      // What the measurement itself may be off by is no fault of the host.
      const sure = Math.max(0, Math.abs(clock.skewMs) - clock.errorMs);
      const remedy = `Set the clock, and a time server for good: date -u -s @${Math.round(Date.now() / 1000)}`;
      if (sure > limitMs) return fail(skewWords(clock), { remedy });
      return sure > advisedMs ? warn(skewWords(clock), { remedy }) : pass(skewWords(clock));
    },
  },
  {
    id: 'TIME-02',
    scope: 'node',
    title: 'time server',
    why: 'A clock that nobody sets drifts seconds in a week.',
    wanted: 'synchronised',
    remedy: "Name the site's time servers in /etc/chrony/chrony.conf; see: chronyc sources, timedatectl",
    judge({ survey }) {
      if (survey.one('NTPSynchronized') === 'yes') return pass('synchronised');
      if (survey.one('CanNTP') === undefined) return untold(survey, 'timedatectl');
      if (survey.one('CanNTP') !== 'yes')
        return unknown(
          survey.container === undefined
            ? 'no time service that systemd knows is installed'
            : 'the clock is that of the machine that the container runs on',
          { remedy: 'On a machine of its own: apt-get install chrony (or by the profile: timeServers).' },
        );
      return fail('not synchronised');
    },
  },
  {
    id: 'TIME-03',
    scope: 'node',
    title: 'clock of the hardware',
    why: 'After a power cut the machine starts with it.',
    wanted: `within ${rtcLimitSeconds} s of the system's clock`,
    remedy: 'hwclock --systohc; replace the battery when it comes back',
    judge({ survey }) {
      const [rtc, system] = [survey.number('rtcSeconds'), survey.number('clockSeconds')];
      if (rtc === undefined || system === undefined) return untold(survey, '/sys/class/rtc/rtc0');
      const apart = Math.abs(rtc - system);
      return apart > rtcLimitSeconds ? warn(`${apart} s apart`) : pass(`${apart} s apart`);
    },
  },
  {
    id: 'TIME-05',
    scope: 'cross-node',
    title: 'clocks of the nodes',
    why: 'etcd warns at one second between members, and tokens of one node are not yet valid on another.',
    wanted: 'within 1 s of one another',
    remedy: 'Give all nodes the same time servers: chronyc sources',
    judge({ nodes }) {
      const read = nodes.flatMap(({ node, clock }) =>
        clock === undefined ? [] : [{ name: node.name, ...clock }],
      );
      const sorted = read.toSorted((a, b) => a.skewMs - b.skewMs);
      const [first, last] = [sorted[0], sorted.at(-1)];
      if (first === undefined || last === undefined || first === last)
        return [unknown('fewer than two clocks', { remedy: 'Nothing, at a site of one node.' })];
      const sure = last.skewMs - first.skewMs - first.errorMs - last.errorMs;
      const words = `${first.name} and ${last.name} are ${seconds(last.skewMs - first.skewMs)} apart`;
      return [sure > limitMs ? fail(words) : pass(words)];
    },
  },
];

function skewWords({ skewMs, errorMs }: ClockReading): string {
  const way = skewMs > 0 ? 'ahead of' : 'behind';
  return `${seconds(Math.abs(skewMs))} ${way} the installer's machine (measured to ${seconds(errorMs)})`;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 3 : 1)} s`;
