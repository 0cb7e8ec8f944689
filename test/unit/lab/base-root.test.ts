import { describe, expect, it } from 'vitest';
import { aptSettings, sourcesIn } from '../../../installer/lab/base-root.ts';

describe('package sources of the machine', () => {
  it("are Debian's own of the suite, with updates and security, each once", () => {
    const targets = [
      'Debian|bookworm|deb http://mirror.invalid/debian/ bookworm main',
      'Debian|bookworm|deb http://mirror.invalid/debian/ bookworm main',
      'Debian|bookworm-security|deb http://mirror.invalid/security/ bookworm-security main',
      'Debian|bookworm-backports|deb http://mirror.invalid/debian/ bookworm-backports main',
      'Debian|trixie|deb http://mirror.invalid/debian/ trixie main',
      'Somebody|bookworm|deb http://other.invalid/ bookworm main',
      '',
    ];
    expect(sourcesIn(targets.join('\n'))).toEqual([
      'deb http://mirror.invalid/debian/ bookworm main',
      'deb http://mirror.invalid/security/ bookworm-security main',
    ]);
    expect(sourcesIn('')).toEqual([]);
  });

  it('bring along how they are reached, and nothing else of the machine', () => {
    const dump = [
      'APT::Architecture "amd64";',
      'Acquire::Check-Valid-Until "false";',
      'Acquire::http::Proxy "http://proxy.invalid:3128";',
      'Acquire::https::mirror.invalid::CAInfo "/etc/ssl/own.pem";',
      'Acquire::Languages "none";',
      'DPkg::Post-Invoke:: "rm -f /x";',
    ];
    expect(aptSettings(dump.join('\n')).trim().split('\n')).toEqual([dump[1], dump[2], dump[3]]);
  });
});
