import { PerimeterError } from '../base/errors.ts';
import { ChangeLine } from './change-line.ts';
import { mayDo } from './memory-secret-policy.ts';
import { notAtWork, openRoutes, type SecretContext, settingRoutes } from './memory-secret-routes.ts';
import { emptySecrets, type SecretState, submitShare } from './memory-secret-state.ts';
import { answerOf, requestOf, type SentRequest, type ServiceAnswer, textOf } from './memory-service.ts';

/** A secret manager in memory, as far as the installer and the nodes talk to it: sealed, opened, set up, asked, and cut off. */
export class MemorySecretManager {
  state: SecretState;
  readonly #line: ChangeLine;

  constructor(line = new ChangeLine(), state: SecretState = emptySecrets()) {
    this.#line = line;
    this.state = structuredClone(state);
  }

  /** Takes a request as the API's client sends it. */
  async send(sent: SentRequest): Promise<{ status: number; text: string }> {
    const { method, path, headers, body } = requestOf('/v1/', sent);
    const context: SecretContext = {
      state: this.state,
      token: headers['x-vault-token'],
      body,
      change: (what, effect) => this.#line.remote(`secrets: ${what}`, noAnswer, effect),
    };
    const open = await answerOf(openRoutes, { method, path }, context);
    const answer = open.status === 404 ? await this.#guarded({ method, path }, context) : open;
    return { status: answer.status, text: textOf(answer) };
  }

  /** A node submits its share, as its unit does. */
  submit(key: string): void {
    submitShare(this.state, key);
  }

  /** Its volume was made anew. */
  empty(): void {
    this.state = emptySecrets();
  }

  async #guarded(
    request: { readonly method: string; readonly path: string },
    context: SecretContext,
  ): Promise<ServiceAnswer> {
    const unable = notAtWork(this.state);
    if (unable !== undefined) return unable;
    const granted = this.state.tokens[context.token ?? ''];
    if (granted === undefined || !mayDo(this.state, granted, request))
      return { status: 403, body: { errors: ['permission denied'] } };
    return await answerOf(settingRoutes, request, context);
  }
}

function noAnswer(words: string): PerimeterError {
  return new PerimeterError('E_SECRETS', {
    message: `The secret manager in memory gave no answer (${words}).`,
    hint: 'This one was told to behave so.',
    retryable: true,
  });
}
