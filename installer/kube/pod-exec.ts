import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { KubeConfig, V1Status } from '@kubernetes/client-node';
import { messageOf, PerimeterError } from '../base/errors.ts';

export interface ExecInput {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly argv: readonly string[];
  readonly input?: string | undefined;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in a pod and waits for its end. Raises E_KUBE_API when it could not be started or the connection broke. */
export async function execInPod(config: KubeConfig, command: ExecInput): Promise<ExecResult> {
  const { Exec } = await import('@kubernetes/client-node');
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const output = Promise.all([text(stdout), text(stderr)]);
  const stdin = command.input === undefined ? null : Readable.from([Buffer.from(command.input)]);
  const status = await new Promise<V1Status>((resolve, reject) => {
    const { namespace, pod, container, argv } = command;
    new Exec(config)
      .exec(namespace, pod, container, [...argv], stdout, stderr, stdin, false, resolve)
      .then((socket) => {
        // A broken connection ends without a status; the promise is then still open.
        socket.addEventListener('close', () =>
          reject(execFault(command, 'the connection closed before the command ended')),
        );
      })
      .catch((error: unknown) => reject(execFault(command, messageOf(error))));
  });
  const [out, error] = await output;
  return { exitCode: exitCodeOf(command, status), stdout: out, stderr: error };
}

function exitCodeOf(command: ExecInput, status: V1Status): number {
  if (status.status === 'Success') return 0;
  const cause = status.details?.causes?.find((candidate) => candidate.reason === 'ExitCode');
  if (cause?.message === undefined) throw execFault(command, status.message ?? 'no reason given');
  return Number(cause.message);
}

function execFault(command: ExecInput, reason: string): PerimeterError {
  return new PerimeterError('E_KUBE_API', {
    message: `A command (${command.argv[0]}) could not be run in pod ${command.namespace}/${command.pod}: ${reason}.`,
    hint: `Look at the pod with \`kubectl -n ${command.namespace} describe pod ${command.pod}\`, then run the same command again.`,
    retryable: true,
  });
}
