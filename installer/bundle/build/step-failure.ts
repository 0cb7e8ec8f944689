import { PerimeterError } from '../../base/errors.ts';
import { diskFull } from './disk-full.ts';

export interface FailedStep {
  /** What the command was to make, such as "Artifact etcd". */
  readonly what: string;
  readonly command: string;
  readonly ended: number | string | null;
  /** Its last words. */
  readonly lines: readonly string[];
}

const noRoom = /no space left on device|disk quota exceeded/i;
/** What Go says, in its many ways, when nobody has a version of a module. */
const notServed =
  /(module lookup disabled|unknown revision|no matching versions|invalid version|reading \S+: (404|403|410|no such file)|(404|410) (Not Found|Gone)|module \S+ not found|missing go\.sum entry)/i;

/** The error of a build's command that failed, with a remedy where its last words tell the reason. */
export function stepFailure({ what, command, ended, lines }: FailedStep): PerimeterError {
  const full = lines.find((line) => noRoom.test(line));
  if (full !== undefined) return diskFull(what, full.trim());
  const message = `${what}: "${command} ..." ended with exit code ${ended}`;
  if (lines.some((line) => notServed.test(line))) {
    return new PerimeterError('E_BUILD_FAILED', {
      message: `${message}: a module is not served in the version that go.mod asks for, or go.sum does not know it`,
      hint: 'See which versions there are: go list -m -versions MODULE; and who is asked: go env GOPROXY. images/README.md tells how to take another version.',
      findings: lines,
    });
  }
  return new PerimeterError('E_BUILD_FAILED', {
    message,
    hint: 'Mend what the lines above name, then run the same command again: what was built is kept.',
    findings: lines,
  });
}
