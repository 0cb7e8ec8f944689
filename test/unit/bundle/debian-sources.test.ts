import { expect, it } from 'vitest';
import { debianSourceLines, fetchSettings } from '../../../installer/bundle/debian-sources.ts';

const targets = `Debian|bookworm|deb http://mirror.example/debian bookworm main
Debian|bookworm|deb http://mirror.example/debian bookworm contrib
Debian|bookworm-security|deb http://mirror.example/security bookworm-security main
Debian|bookworm-updates|deb http://mirror.example/debian bookworm-updates main
Debian|bookworm|deb http://mirror.example/debian bookworm main
Debian|trixie|deb http://mirror.example/debian trixie main
Somebody|bookworm|deb http://other.example/debian bookworm main
`;

it("takes Debian's own sources of the suite, with updates and security fixes", () => {
  expect(debianSourceLines(targets, 'bookworm')).toEqual([
    'deb http://mirror.example/debian bookworm main',
    'deb http://mirror.example/security bookworm-security main',
    'deb http://mirror.example/debian bookworm-updates main',
  ]);
  expect(debianSourceLines(targets, 'sid')).toEqual([]);
});

it('takes along what decides how these can be fetched, and nothing else', () => {
  const dump = `APT "";
Acquire::Check-Valid-Until "false";
Acquire::http::Proxy "http://proxy.example:3128";
Acquire::https::mirror.example::Verify-Peer "false";
Acquire::Languages "none";
DPkg::Post-Invoke:: "rm -rf something";
`;
  expect(fetchSettings(dump).trim().split('\n')).toEqual([
    'Acquire::Check-Valid-Until "false";',
    'Acquire::http::Proxy "http://proxy.example:3128";',
    'Acquire::https::mirror.example::Verify-Peer "false";',
  ]);
});
