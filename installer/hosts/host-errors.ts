import { PerimeterError } from '../base/errors.ts';
import { redact } from '../base/redact.ts';
import type { CommandResult } from './host.ts';
import { describeCommand } from './transport/command-runner.ts';

interface Place {
  readonly name: string;
  readonly address: string;
}

export function commandFailed(host: Place, argv: readonly string[], result: CommandResult): PerimeterError {
  const said = lastLines(result.stderr) || lastLines(result.stdout) || 'it said nothing';
  if (said.includes('No space left on device')) {
    return new PerimeterError('E_DISK_FULL', {
      message: `${host.name}: a disk is full; "${describeCommand(argv)}" said: ${said}`,
      hint: `Look what fills it, make room and run the same command again: ssh ${host.address} df -h`,
      where: { host: host.name },
    });
  }
  return new PerimeterError('E_HOST_COMMAND', {
    message: redact(`${host.name}: "${describeCommand(argv)}" ended with ${result.exitCode}: ${said}`),
    hint: `Mend what it complains about on ${host.name} (${host.address}) and run the same command again.`,
    where: { host: host.name },
  });
}

export function commandTimedOut(host: Place, argv: readonly string[], timeoutMs: number): PerimeterError {
  return new PerimeterError('E_HOST_TIMEOUT', {
    message: redact(
      `${host.name}: "${describeCommand(argv)}" did not end within ${Math.round(timeoutMs / 1000)} s`,
    ),
    hint: `See what ${host.name} (${host.address}) is busy with (systemd-cgtop, journalctl -n 50), then run the same command again.`,
    retryable: true,
    where: { host: host.name },
  });
}

export function unreachable(host: Place, what: string, cause?: unknown): PerimeterError {
  return new PerimeterError('E_HOST_UNREACHABLE', {
    message: `${host.name}: ${what}`,
    hint: `Check that ${host.name} is switched on and that its SSH port answers: ssh -v ${host.address}`,
    retryable: true,
    cause,
    where: { host: host.name },
  });
}

export function fileFailed(host: Place, path: string, what: string): PerimeterError {
  const full = what.includes('No space left on device');
  return new PerimeterError(full ? 'E_DISK_FULL' : 'E_HOST_FILE', {
    message: `${host.name}: ${path}: ${what}`,
    hint: fileHint(host, path, what),
    where: { host: host.name },
  });
}

function fileHint({ name, address }: Place, path: string, what: string): string {
  if (what.includes('No space left on device'))
    return `Make room on ${name} (df -h ${path}) and run the same command again.`;
  // The kernel makes a file system read-only when its disk fails, so that is the first thing to look for.
  if (what.includes('Read-only file system'))
    return `Look why it may not be written to, often a failing disk: ssh ${address} "findmnt -T ${path}; dmesg | tail". When it is writable again (mount -o remount,rw), run the same command again.`;
  return `Look at it on the host: ssh ${address} ls -ld ${path}`;
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-4).join(' | ').slice(-600);
}
