import type { AcceptanceCheck } from '../../check.ts';
import {
  approve,
  appsRepository,
  expectStatus,
  type GitAnswer,
  merge,
  type PullRequest,
  proposeChange,
} from '../../git-people.ts';
import { awaitCi, castOf } from '../../merge-by-rules.ts';

const administrator = 'perimeter';
const notePath = 'notes/acceptance-git-03.md';

export const git03: AcceptanceCheck = {
  id: 'GIT-03',
  title: 'A change needs two approvals',
  requirement: 'Nothing reaches main with fewer than two approvals of other people, whoever asks.',
  method: 'behavioural',
  passCriterion:
    'merges with 0 and 1 approvals, by the author, after a new commit and by the administrator are refused; with two it goes through',
  severity: 'critical',
  timeoutMs: 600_000,
  async run(context) {
    const { developer, approvers } = castOf(context);
    const [first, second] = approvers;
    const refused = (what: string, answer: GitAnswer): void => {
      const words = (answer.body as { message?: string } | undefined)?.message ?? '';
      context.observe({
        what,
        wanted: 'refused (405, 403 or 422)',
        found: `${answer.status} ${words}`.trim(),
        ok: [403, 405, 422].includes(answer.status),
      });
    };
    const branch = `acceptance-git-03-${Date.now()}`;
    let pull = await proposeChange(context, developer, {
      title: 'Acceptance: two approvals',
      branch,
      files: { [notePath]: `${branch}\n` },
    });
    const ci = await awaitCi(context, developer, pull.headSha);
    context.observe({
      what: 'the required check of the change',
      wanted: 'success',
      found: ci ?? 'nothing',
      ok: ci === 'success',
    });

    refused('merge with no approval', await merge(first, pull));
    refused('the author approves', await approve(developer, pull));
    expectStatus(await approve(first, pull), 'first approval', 200, 201);
    refused('merge with one approval', await merge(first, pull));
    refused(
      'merge forced by the administrator',
      await merge(context.git(administrator), pull, { force: true }),
    );

    pull = await addCommit(branch, pull);
    await awaitCi(context, developer, pull.headSha);
    expectStatus(await approve(second, pull), 'approval of the new commit', 200, 201);
    refused('merge with one stale and one fresh approval', await merge(first, pull));
    expectStatus(await approve(first, pull), 'second approval of the new commit', 200, 201);
    const merged = await merge(first, pull);
    context.observe({
      what: 'merge with two approvals and a green check',
      wanted: '200',
      found: String(merged.status),
      ok: merged.status === 200,
    });

    async function addCommit(name: string, old: PullRequest): Promise<PullRequest> {
      const fork = `${developer.login}/apps`;
      const file = expectStatus(
        await developer.request('GET', `/repos/${fork}/contents/${notePath}?ref=${name}`),
        'read the note',
        200,
      );
      const update = {
        branch: name,
        message: 'Acceptance: a later commit',
        sha: file['sha'],
        content: Buffer.from(`${name} again\n`).toString('base64'),
      };
      const answer = expectStatus(
        await developer.request('PUT', `/repos/${fork}/contents/${notePath}`, update),
        'second commit',
        200,
      );
      return { number: old.number, headSha: (answer['commit'] as { sha: string }).sha };
    }
  },
  mutation: {
    title: 'one approval made enough',
    async apply(context) {
      const admin = context.git(administrator);
      const path = `/repos/${appsRepository}/branch_protections/main`;
      await admin.request('PATCH', path, { required_approvals: 1 });
      return async () => {
        await admin.request('PATCH', path, { required_approvals: 2 });
      };
    },
  },
};
