import { describe, expect, it } from 'vitest';
import { guardedPlaces, isWithin, listText } from '../../../../installer/parts/watch/watch-list.ts';

const text = listText({
  node: 'n1',
  declared: [
    { kind: 'file', name: '/etc/hosts' },
    { kind: 'file', name: '/etc/passwd' },
  ],
  kept: [],
});

describe('the list of what is watched', () => {
  it('has every thing once, under the first reason', () => {
    expect(text.startsWith('node\tname\tn1\n')).toBe(true);
    expect(text.split('\n').filter((line) => line.endsWith('\t/etc/passwd'))).toEqual([
      'declared\tfile\t/etc/passwd',
    ]);
  });

  it.each([
    '/etc/pam.d/sshd',
    '/etc/udev/rules.d/99-evil.rules',
    '/etc/systemd/system-generators/evil',
    '/usr/local/lib/systemd/system-generators/evil',
    '/etc/apt/sources.list',
    '/etc/apt/sources.list.d/evil.list',
    '/etc/apt/apt.conf.d/99hook',
    '/etc/apt/trusted.gpg.d/evil.gpg',
  ])('guards %s', (name) => {
    expect(isWithin(guardedPlaces, { kind: 'file', name })).toBe(true);
  });

  it('holds accounts with what is declared, since packages and playbooks make them', () => {
    expect(text).toContain('declared\tfile\t/etc/group\n');
    expect(isWithin(guardedPlaces, { kind: 'file', name: '/etc/passwd' })).toBe(false);
  });

  it('names nothing that holds passwords: the watch keeps copies', () => {
    for (const name of [
      '/etc/shadow',
      '/etc/gshadow',
      '/etc/apt/auth.conf',
      '/etc/apt/auth.conf.d/site.conf',
    ]) {
      expect(isWithin(guardedPlaces, { kind: 'file', name }), name).toBe(false);
      expect(text).not.toContain(`\t${name}\n`);
    }
    expect(text).not.toMatch(/\ttree\t\/etc(\/apt)?\n/);
  });
});
