import { expect, it } from 'vitest';
import { fetchSettings, sourceLines } from '../../../installer/base/package-sources.ts';

const targets = `Debian|bookworm|deb http://mirror.example/debian bookworm main
Debian|bookworm|deb http://mirror.example/debian bookworm contrib
Debian|bookworm-security|deb http://mirror.example/security bookworm-security main
Debian|bookworm-updates|deb http://mirror.example/debian bookworm-updates main
Debian|bookworm|deb http://mirror.example/debian bookworm main
Somebody|bookworm|deb http://other.example/debian bookworm main
`;

it("takes Debian's own sources of the suite, with updates and security fixes", () => {
  expect(sourceLines(targets, 'bookworm')).toEqual([
    'deb http://mirror.example/debian bookworm main',
    'deb http://mirror.example/security bookworm-security main',
    'deb http://mirror.example/debian bookworm-updates main',
  ]);
  expect(sourceLines(targets, 'sid')).toEqual([]);
  expect(sourceLines('', 'bookworm')).toEqual([]);
});

it('finds another release of Debian on the same mirror', () => {
  expect(sourceLines(targets, 'trixie')).toEqual([
    'deb http://mirror.example/debian trixie main',
    'deb http://mirror.example/security trixie-security main',
    'deb http://mirror.example/debian trixie-updates main',
  ]);
});

it('looks for Ubuntu beside Debian, unless the machine has sources of it', () => {
  const key = '[signed-by=/usr/share/keyrings/ubuntu-archive-keyring.gpg]';
  expect(sourceLines(targets, 'noble')).toEqual([
    `deb ${key} http://mirror.example/ubuntu noble main universe`,
    `deb ${key} http://mirror.example/ubuntu noble-updates main universe`,
    `deb ${key} http://mirror.example/ubuntu noble-security main universe`,
  ]);
  const own = 'Ubuntu|noble|deb http://ubuntu.example/ubuntu noble main\n';
  expect(sourceLines(targets + own, 'noble')).toEqual(['deb http://ubuntu.example/ubuntu noble main']);
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
