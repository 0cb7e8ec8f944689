import {
  type Client,
  type ClientUnaryCall,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import { isPerimeterError, PerimeterError } from '../../base/errors.ts';

const kubernetesNamespace = 'k8s.io';
const callTimeoutMs = 60_000;

export type ServiceClient = Client & Record<string, (...args: never[]) => unknown>;

/** A client for one of containerd's services. */
export function serviceClient(descriptor: object, path: string, socket: string): ServiceClient {
  const definition = fromJSON(descriptor, { longs: Number, enums: String, defaults: true });
  let found: unknown = loadPackageDefinition(definition);
  for (const name of path.split('.')) found = (found as Record<string, unknown>)[name];
  const Service = found as new (address: string, secret: unknown) => ServiceClient;
  return new Service(`unix://${socket}`, credentials.createInsecure());
}

/** Headers of every call: the namespace that the kubelet uses and, while working, the lease that keeps what is new. */
export function headers(lease?: string): Metadata {
  const metadata = new Metadata();
  metadata.set('containerd-namespace', kubernetesNamespace);
  if (lease !== undefined) metadata.set('containerd-lease', lease);
  return metadata;
}

export interface CallOptions {
  readonly lease?: string;
  /** What is an answer too, and no failure. */
  readonly expect?: 'not-found' | 'exists';
  /** Ends the call, on containerd's side as well. */
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** One request, one answer. Undefined when containerd does not know the thing or, for a creation, has it already. */
export function call<Answer>(
  client: ServiceClient,
  method: string,
  request: object,
  options: CallOptions = {},
): Promise<Answer | undefined> {
  const expected = { 'not-found': status.NOT_FOUND, exists: status.ALREADY_EXISTS };
  const { lease, expect, signal, timeoutMs = callTimeoutMs } = options;
  return new Promise((resolve, reject) => {
    const done = (error: ServiceError | null, answer: Answer): void => {
      signal?.removeEventListener('abort', cancel);
      if (error === null) resolve(answer);
      else if (expect !== undefined && error.code === expected[expect]) resolve(undefined);
      else reject(containerdError(method, error));
    };
    const unary = client[method] as unknown as (...args: unknown[]) => ClientUnaryCall;
    const deadline = { deadline: Date.now() + timeoutMs };
    const running = unary.call(client, request, headers(lease), deadline, done);
    const cancel = (): void => running.cancel();
    if (signal?.aborted === true) cancel();
    else signal?.addEventListener('abort', cancel, { once: true });
  });
}

/** Codes that say that the interface itself does not work here, not that containerd refuses what is asked of it. */
const noService = [status.UNIMPLEMENTED, status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.INTERNAL];

/** Whether an error says that containerd cannot be spoken to over its socket in the way that is spoken here. */
export function isNoService(error: unknown): error is PerimeterError {
  const code = (error as { cause?: Partial<ServiceError> } | undefined)?.cause?.code;
  return isPerimeterError(error, 'E_CONTAINERD') && code !== undefined && noService.includes(code);
}

export function containerdError(what: string, error: ServiceError): PerimeterError {
  return new PerimeterError('E_CONTAINERD', {
    message: `containerd refused ${what}: ${error.details === '' ? error.message : error.details}`,
    hint: 'Look at `journalctl -u containerd -n 50` on this node, and run the same command again.',
    retryable: error.code === status.UNAVAILABLE || error.code === status.DEADLINE_EXCEEDED,
    cause: error,
  });
}
