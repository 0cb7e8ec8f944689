import type { AcceptanceCheck, CheckContext } from '../../check.ts';
import { appsRepository, type GitPerson, mainSha } from '../../git-people.ts';
import { gitPush } from '../../git-push.ts';
import { castOf } from '../../merge-by-rules.ts';

/** The installer's own Git administrator: not even that one may push. */
const administrator = 'perimeter';

async function tryToWrite(context: CheckContext, person: GitPerson): Promise<void> {
  const file = {
    branch: 'main',
    message: 'pushed past the rules',
    content: Buffer.from('no').toString('base64'),
  };
  const written = await person.request(
    'POST',
    `/repos/${appsRepository}/contents/pushed-past-the-rules-${person.login}.txt`,
    file,
  );
  context.observe({
    what: `${person.login} writes a file to main by API`,
    wanted: 'refused (4xx)',
    found: String(written.status),
    ok: written.status >= 400 && written.status < 500,
  });
  for (const manner of ['push', 'force-push', 'delete'] as const) {
    const pushed = await gitPush(context, person.login, manner);
    context.evidence(`${person.login}-${manner}.txt`, pushed.transcript);
    context.observe({
      what: `${person.login}: git ${manner} of main`,
      wanted: 'refused by the server',
      found: pushed.verdict,
      ok: pushed.verdict === 'refused',
    });
  }
}

export const git02: AcceptanceCheck = {
  id: 'GIT-02',
  title: 'Nobody pushes to main directly',
  requirement:
    'The production branch changes by pull request only, for developers, approvers and administrators alike.',
  method: 'behavioural',
  passCriterion: 'every direct write is refused and main is the same commit before and after',
  severity: 'critical',
  timeoutMs: 180_000,
  async run(context) {
    const { developer, approvers } = castOf(context);
    const people = [developer, approvers[0], context.git(administrator)];
    const before = await mainSha(developer);
    for (const person of people) await tryToWrite(context, person);
    const after = await mainSha(developer);
    context.observe({ what: 'main', wanted: before, found: after, ok: before === after });
  },
  mutation: {
    title: 'the protection of main taken away from pushes',
    async apply(context) {
      const admin = context.git(administrator);
      const path = `/repos/${appsRepository}/branch_protections/main`;
      const open = { enable_push: true, enable_push_whitelist: false, enable_force_push: true };
      const before = (await admin.request('GET', path)).body as Record<string, unknown>;
      const sha = await mainSha(admin);
      await admin.request('PATCH', path, open);
      return async () => {
        await putMainBack(context, sha);
        const closed = Object.fromEntries(Object.keys(open).map((key) => [key, before[key]]));
        await admin.request('PATCH', path, closed);
      };
    },
  },
};

/** The mutation lets the administrator's push through; main must be the old commit again before the rule closes. */
async function putMainBack(context: CheckContext, sha: string): Promise<void> {
  const pushed = await gitPush(context, administrator, 'restore', sha);
  if ((await mainSha(context.git(administrator))) !== sha)
    throw new Error(`main could not be put back to ${sha}: ${pushed.transcript}`);
}
