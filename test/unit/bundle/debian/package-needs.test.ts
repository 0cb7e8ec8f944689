import { expect, it } from 'vitest';
import { needsWithin } from '../../../../installer/bundle/debian/package-needs.ts';

it('names what a package needs of the same set, by name, by alternative or by what another one provides', () => {
  const needs = needsWithin([
    {
      name: 'chrony',
      depends: 'init-system-helpers (>= 1.54), libc6 (>= 2.34), libnettle8 | libnettle7',
      provides: 'time-daemon',
    },
    { name: 'libnettle8', depends: 'libc6', provides: '' },
    { name: 'watcher', depends: ', awk:any, time-daemon, default-mta | mail-agent', provides: '' },
    { name: 'ssmtp', depends: 'libc6', provides: 'mail-agent (= 1)' },
    { name: 'alone', depends: ', ', provides: 'alone-too' },
    { name: 'self', depends: 'self-part', provides: 'self-part' },
  ]);
  expect(Object.fromEntries(needs)).toEqual({
    chrony: ['libnettle8'],
    libnettle8: [],
    watcher: ['chrony', 'ssmtp'],
    ssmtp: [],
    alone: [],
    self: [],
  });
});
