import { describe, expect, it } from 'vitest';
import { hostsAtOnce } from '../../../installer/hosts/hosts-at-once.ts';
import { openHostPool } from '../../../installer/hosts/pool.ts';
import type { SiteNode } from '../../../installer/site/site.ts';
import { startSshServer } from './ssh-server.ts';

const hostCount = 60;
/**
 * sshd turns away a login that is begun while so many are open: some of 60 at once, as one sees with a pool that does not count them. A few
 * more than a pool begins, since sshd hears a little late that one is done.
 */
const openLogins = hostsAtOnce + 16;

describe(`${hostCount} hosts`, () => {
  it('are asked at once, and logged in to some at a time', async () => {
    const server = await startSshServer([`MaxStartups ${openLogins}:100:${openLogins}`]);
    const nodes = Array.from({ length: hostCount }, (_, index) => ({
      ...server.target,
      name: `n${index + 1}`,
    }));
    const pool = openHostPool({ nodes: nodes as unknown as readonly SiteNode[] });
    try {
      const answers = nodes.map(({ name }) => pool.hands(name).query(['echo', name]));
      expect((await Promise.all(answers)).map(({ stdout }) => stdout.trim())).toEqual(
        nodes.map(({ name }) => name),
      );
      // Connections stay: the second question needs no login.
      await Promise.all(nodes.map(({ name }) => pool.hands(name).query(['true'])));
    } finally {
      await pool.close();
      await server.remove();
    }
  }, 120_000);
});
