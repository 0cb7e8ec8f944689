import { PerimeterError } from '../base/errors.ts';
import type { ApiAnswer } from './api-server.ts';

/** Words of an answer that come and go by themselves: a leader election, a webhook whose pod is just starting. */
const passing =
  /leader changed|request timed out|failed calling webhook|connection refused|no endpoints available|not yet ready|etcdserver: |object has been modified/;

/** The server's own words out of a refusal (a Status object, or plain text). */
function wordsOf(answer: ApiAnswer): string {
  try {
    const status = JSON.parse(answer.text) as { message?: string };
    return status.message ?? `HTTP ${answer.status}`;
  } catch {
    return answer.text.trim().slice(0, 500) || `HTTP ${answer.status}`;
  }
}

export function isPassing(answer: ApiAnswer): boolean {
  if (answer.status === 429 || answer.status === 503 || answer.status === 504) return true;
  return (answer.status === 409 || answer.status >= 500) && passing.test(answer.text);
}

/** "Kubernetes refused to apply Deployment registry/registry: ...". */
export function apiRefusal(attempt: string, answer: ApiAnswer): PerimeterError {
  return new PerimeterError('E_KUBE_API', {
    message: `Kubernetes refused to ${attempt}: ${wordsOf(answer)} (HTTP ${answer.status}).`,
    hint: "The words after the colon are the API server's own; mend what they name and run the same command again.",
    retryable: isPassing(answer),
  });
}
