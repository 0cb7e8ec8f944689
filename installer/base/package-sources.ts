import { PerimeterError } from '../base/errors.ts';
import { step } from './build/run-step.ts';

export interface DebianSources {
  /** One-line source entries of the suite with its updates and security fixes. */
  readonly lines: readonly string[];
  /** The machine's apt settings that decide whether and how these can be fetched. */
  readonly settings: string;
}

/**
 * The machine's own Debian sources, so that a mirror or proxy of its network is used here too. Raises E_MACHINE_UNFIT when the
 * machine has none for the suite.
 */
export async function readDebianSources(suite: string, signal?: AbortSignal): Promise<DebianSources> {
  const run = step({ what: `Debian ${suite}`, signal });
  const format = '$(ORIGIN)|$(CODENAME)|deb $(REPO_URI) $(RELEASE) $(COMPONENT)';
  const ask = (): Promise<string> => run`apt-get indextargets --format ${format} ${'Created-By: Packages'}`;
  let lines = debianSourceLines(await ask(), suite);
  if (lines.length === 0) {
    await run`apt-get -q -o DPkg::Lock::Timeout=300 update`;
    lines = debianSourceLines(await ask(), suite);
  }
  if (lines.length === 0) {
    throw new PerimeterError('E_MACHINE_UNFIT', {
      message: `This machine's package sources in /etc/apt have no Debian ${suite}, which artifacts are made from`,
      hint: `Use a Debian machine, or add a source for ${suite} to /etc/apt/sources.list and run: apt-get update`,
    });
  }
  return { lines, settings: fetchSettings(await run`apt-config dump`) };
}

/** Debian's own lines out of what `apt-get indextargets` prints; other people's repositories are left out. */
export function debianSourceLines(indexTargets: string, suite: string): string[] {
  const wanted = [suite, `${suite}-updates`, `${suite}-security`];
  const lines = indexTargets.split('\n').flatMap((text) => {
    const [origin = '', codename = '', line = ''] = text.split('|');
    return origin === 'Debian' && wanted.includes(codename) && line.endsWith(' main') ? [line] : [];
  });
  return [...new Set(lines)];
}

/** Of `apt-config dump`, the settings about proxies, certificates and dates. */
export function fetchSettings(dump: string): string {
  const wanted =
    /^Acquire::(Check-[\w-]+|Retries|https?(::[^ ]+)*::(Proxy[\w-]*|Verify-[\w-]+|CAInfo|SslCert|SslKey)(::[^ ]+)?) "/;
  return `${dump
    .split('\n')
    .filter((line) => wanted.test(line))
    .join('\n')}\n`;
}
