import type { JsonObject } from '../../base/json.ts';
import { defineStep, type PhaseStep } from '../../engine/phase-step.ts';
import { isAdministrator } from './accounts-step.ts';
import type { GitApi } from './git-api.ts';
import { organisation } from './git-names.ts';
import { administratorApi } from './git-server.ts';

interface HookAnswer {
  readonly id: number;
  readonly active: boolean;
  readonly config: { readonly url?: string; readonly content_type?: string };
  readonly events: readonly string[];
}

/** How the hook is asked for, and how the server names the same choice when it is read back. */
const events = ['pull_request_only', 'pull_request_sync'] as const;
const eventsAsRead = ['pull_request', 'pull_request_sync'] as const;
const path = `/orgs/${organisation}/hooks`;

/** Tells CI about pull requests of all repositories, in messages signed with a key that only the two of them have. */
export function webHookStep(url: string, keyCredential: string): PhaseStep {
  return defineStep<{ readonly there: boolean }, JsonObject>({
    name: 'web-hook',

    async inspect(_target, look) {
      if (!(await isAdministrator(look)) || look.credentials.get(keyCredential) === undefined)
        return { there: false };
      const api = administratorApi(look.site, look.credentials, look.signal);
      if ((await api.find(`/orgs/${organisation}`)) === undefined) return { there: false };
      return { there: (await hooksTo(api, url)).some(isRight) };
    },

    plan: ({ there }) =>
      there
        ? []
        : [{ id: 'make', sentence: `have the Git server tell CI about pull requests (${url})`, data: {} }],

    async apply(_change, _target, hands) {
      const api = administratorApi(hands.site, hands.credentials, hands.signal);
      for (const hook of await hooksTo(api, url))
        await api.send('DELETE', `${path}/${hook.id}`, undefined, 'remove a wrong web hook');
      const secret = hands.credentials.get(keyCredential);
      const hook = {
        type: 'gitea',
        active: true,
        events,
        config: { url, content_type: 'json', http_method: 'post', secret },
      };
      await api.send('POST', path, hook, 'make the web hook');
    },
  });
}

async function hooksTo(api: GitApi, url: string): Promise<readonly HookAnswer[]> {
  return (await api.list<HookAnswer>(path)).filter((hook) => hook.config.url === url);
}

function isRight(hook: HookAnswer): boolean {
  return (
    hook.active &&
    hook.config.content_type === 'json' &&
    eventsAsRead.every((event) => hook.events.includes(event)) &&
    hook.events.length === eventsAsRead.length
  );
}
