import type { CheckContext } from './check.ts';
import {
  approve,
  ciState,
  expectStatus,
  type GitPerson,
  mainSha,
  merge,
  proposeChange,
  readMain,
  type WantedChange,
} from './git-people.ts';
import { watchUntil } from './watch.ts';

/** Longest that the site's CI may take for a change of the sample application. */
const ciLimitMs = 180_000;

/** The people that a check acts as, taken from the site's own list. */
export function castOf(context: CheckContext): {
  developer: GitPerson;
  approvers: readonly [GitPerson, GitPerson];
} {
  const loginsOf = (role: 'developer' | 'approver'): readonly string[] =>
    context.site.people.filter((person) => person.role === role).map((person) => person.login);
  const [developer] = loginsOf('developer');
  const [first, second] = loginsOf('approver');
  if (developer === undefined || first === undefined || second === undefined) {
    throw new Error('the checks need one developer and two approvers among the people of site.yaml');
  }
  return { developer: context.git(developer), approvers: [context.git(first), context.git(second)] };
}

/** Waits for the site's CI to judge the commit; undefined when it did not in time. */
export async function awaitCi(
  context: CheckContext,
  person: GitPerson,
  sha: string,
): Promise<string | undefined> {
  let state: string | undefined;
  await watchUntil({ timeoutMs: ciLimitMs, signal: context.signal, intervalMs: 1000 }, async () => {
    state = await ciState(person, sha);
    return state === 'success' || state === 'failure' || state === 'error';
  });
  return state;
}

/** A change that goes the whole way: pull request from a fork, green CI, two approvals, merge. Returns main's new commit. */
export async function mergeByRules(context: CheckContext, change: WantedChange): Promise<string> {
  const { developer, approvers } = castOf(context);
  const pull = await proposeChange(context, developer, change);
  context.mark('proposed', `${change.title}: pull request ${pull.number}`);
  const state = await awaitCi(context, developer, pull.headSha);
  if (state !== 'success')
    throw new Error(`CI of "${change.title}" (pull request ${pull.number}) ended as ${state ?? 'nothing'}`);
  for (const approver of approvers)
    expectStatus(await approve(approver, pull), `approval by ${approver.login}`, 200, 201);
  expectStatus(await merge(approvers[0], pull), `merge of pull request ${pull.number}`, 200);
  const sha = await mainSha(developer);
  context.mark('merged', `${change.title}: ${sha.slice(0, 12)}`);
  return sha;
}

/** Registers that a file of main is to be as it is now when the check ends, however it ends; put back by the rules, too. */
export function restoreFiles(context: CheckContext, branch: string, files: WantedChange['files']): void {
  context.restore(`${Object.keys(files).join(', ')} as before in Git`, async () => {
    const { developer } = castOf(context);
    for (const [path, text] of Object.entries(files)) {
      if ((await readMain(developer, path))?.text === text) continue;
      const unhurried = { ...context, signal: AbortSignal.timeout(ciLimitMs) };
      await mergeByRules(unhurried, {
        title: `Acceptance: ${path} as before`,
        branch: `${branch}-restore`,
        files,
      });
      return;
    }
  });
}
