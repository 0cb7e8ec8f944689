import { waitFor } from '../../base/condition.ts';
import { DefectError } from '../../base/errors.ts';
import type { JsonObject } from '../../base/json.ts';
import { count } from '../../base/units.ts';
import type { Hands, Look } from '../../engine/phase.ts';
import { defineStep, type PhaseStep } from '../../engine/phase-step.ts';
import type { Site } from '../../site/site.ts';
import { createAdministrator, findSetupTokens, removeSetupTokens } from './create-administrator.ts';
import { accountItems } from './git-accounts.ts';
import type { GitItem } from './git-item.ts';
import { administrator } from './git-names.ts';
import { organisationItems } from './git-organisation.ts';
import { administratorApi, gitServer } from './git-server.ts';

interface AccountFacts {
  /** The installer gets in as administrator. */
  readonly administrator: boolean;
  /** How many all-powerful tokens an interrupted run did not come to remove. */
  readonly setupTokens: number;
  /** Ids of the items that are as declared. */
  readonly there: readonly string[];
}

interface AccountData extends JsonObject {
  readonly item: string;
}

export function gitItems(site: Site): readonly GitItem[] {
  return [...accountItems(site), ...organisationItems(site)];
}

/** People, bots, organisation, repositories and teams on the Git server: written by its API, read back by the next look. */
export function accountsStep(): PhaseStep {
  return defineStep<AccountFacts, AccountData>({
    name: 'accounts',

    async inspect(_target, look) {
      if (!(await isAdministrator(look))) return { administrator: false, setupTokens: 0, there: [] };
      const there: string[] = [];
      const api = administratorApi(look.site, look.credentials, look.signal);
      const as = gitServer(look.site, look.credentials, look.signal);
      for (const item of gitItems(look.site)) {
        if (await item.isThere(api, as, look.credentials)) there.push(item.id);
      }
      return { administrator: true, setupTokens: (await findSetupTokens(api)).length, there };
    },

    plan(facts, _target, { site }) {
      const missing = gitItems(site).filter((item) => !facts.there.includes(item.id));
      return [
        ...(facts.administrator
          ? []
          : [
              {
                id: 'administrator',
                sentence: 'make the administrator of the Git server',
                data: { item: 'administrator' },
              },
            ]),
        ...(facts.setupTokens === 0
          ? []
          : [
              {
                id: 'setup-tokens',
                sentence: `remove ${count(facts.setupTokens, 'token')} of the administrator that an interrupted run left behind`,
                data: { item: 'setup-tokens' },
              },
            ]),
        ...missing.map((item) => ({ id: item.id, sentence: item.sentence, data: { item: item.id } })),
      ];
    },

    async apply(change, _target, hands) {
      if (change.data.item === 'administrator') return makeAdministrator(hands);
      const api = administratorApi(hands.site, hands.credentials, hands.signal);
      if (change.data.item === 'setup-tokens') return removeSetupTokens(api);
      const item = gitItems(hands.site).find((candidate) => candidate.id === change.data.item);
      if (item === undefined) throw new DefectError(`there is no Git item ${change.data.item}`);
      const as = gitServer(hands.site, hands.credentials, hands.signal);
      await item.make(api, as, hands.credentials);
    },
  });
}

/** Whether the installer's password opens the Git server; false also when no server answers. */
export async function isAdministrator(
  look: Pick<Look, 'site' | 'credentials' | 'kube' | 'signal'>,
): Promise<boolean> {
  const pod = { apiVersion: 'v1', kind: 'Pod', namespace: 'git', name: 'gitea-0' };
  if ((await look.kube.get(pod)) === undefined) return false;
  const api = administratorApi(look.site, look.credentials, look.signal);
  const answer = await api.request('GET', '/user', undefined, { timeoutMs: 10_000 }).catch(() => undefined);
  return answer?.status === 200 && (answer.body as { login: string }).login === administrator;
}

async function makeAdministrator(hands: Hands): Promise<void> {
  const as = gitServer(hands.site, hands.credentials, hands.signal);
  await waitFor({
    description: 'the Git server answers',
    timeoutMs: 120_000,
    signal: hands.signal,
    probe: async (report) => {
      const { status } = await as('anonymous').request('GET', '/version', undefined, { timeoutMs: 10_000 });
      report(`it answered ${status}`);
      return status < 500 ? true : undefined;
    },
  });
  await createAdministrator(
    (argv) =>
      hands.kube.exec('git', 'gitea-0', 'gitea', [
        '/usr/local/bin/gitea',
        '-c',
        '/etc/gitea/app.ini',
        ...argv,
      ]),
    as,
    hands.credentials,
    `${administrator}@${hands.site.domain}`,
  );
}
