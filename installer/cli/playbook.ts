import { withSiteHosts } from '../actions/open-site-hosts.ts';
import { runPlaybookOnSite } from '../actions/run-playbook.ts';
import { PerimeterError } from '../base/errors.ts';
import { productDirectory } from '../base/files.ts';
import type { JsonObject } from '../base/json.ts';
import { joinFailures } from '../engine/failures.ts';
import { playbookJsonSchema } from '../playbook/json-schema.ts';
import { loadPlaybook } from '../playbook/load-playbook.ts';
import { playbookModules } from '../playbook/modules.ts';
import type { Playbook } from '../playbook/playbook.ts';
import { describeRecap } from '../playbook/recap.ts';
import type { HostRun } from '../playbook/run-playbook.ts';
import { withTags } from '../playbook/tags.ts';
import { nodesNamed } from './nodes-named.ts';
import { explainModule } from './playbook/explain-module.ts';
import { bundleOption, exitChangesPending, siteArgument } from './site-arguments.ts';
import { defineVerb, type VerbContext, type VerbResult } from './verb.ts';

const options = {
  playbook: { type: 'string', value: 'FILE', summary: 'the playbook; default: the one that prepares nodes' },
  limit: {
    type: 'string',
    value: 'NODE',
    multiple: true,
    summary: 'only this node; may be given several times',
  },
  tags: {
    type: 'string',
    value: 'TAG',
    multiple: true,
    summary: 'only tasks with this tag, and those with the tag always; may be given several times',
  },
  diff: { type: 'boolean', summary: 'show the lines of files that differ' },
  bundle: bundleOption,
} as const;

type PlaybookContext = VerbContext<typeof options>;

export const playbookVerb = defineVerb({
  name: 'playbook',
  summary: 'run or check a playbook on the nodes of a site, or list what it holds',
  description: [
    'What to do:',
    '  perimeter playbook run SITE        make it true on the nodes  [--playbook FILE] [--limit NODE] [--tags TAG] [--diff]',
    '  perimeter playbook check SITE      tell what would change, and change nothing; exit code 4 when something would',
    '  perimeter playbook list            the tasks, each with its module, file, line and tags  [--playbook FILE]',
    '  perimeter playbook modules         all modules with their arguments',
    '  perimeter playbook explain MODULE  what a module does, with every argument, its default and an example',
    '  perimeter playbook schema          a JSON Schema of playbooks, for editors',
  ].join('\n'),
  args: [
    {
      name: 'ACTION',
      summary: 'what to do',
      choices: ['run', 'check', 'list', 'modules', 'explain', 'schema'],
    },
    {
      name: 'SITE',
      summary: `for run and check: ${siteArgument.summary}; for explain: a module, such as copy`,
      optional: true,
    },
  ],
  options,
  examples: [
    {
      command: 'npm run perimeter -- playbook check site/try --diff',
      does: 'shows what differs, and changes nothing',
    },
    {
      command: 'npm run perimeter -- playbook run site/try --limit n1 --tags runtime',
      does: 'puts the container runtime of one node right',
    },
    { command: 'npm run perimeter -- playbook explain template', does: 'tells what a module does and takes' },
    {
      command: 'npm run -s perimeter -- playbook schema > playbook.schema.json',
      does: 'a JSON Schema for editors',
    },
    { command: 'npm run perimeter -- playbook list', does: 'lists the tasks, each with its file and line' },
  ],
  async run(context) {
    const [action = ''] = context.args;
    if (action === 'modules') return modules();
    if (action === 'explain') return { text: explainModule(moduleArgument(context.args[1])) };
    if (action === 'schema') return schema();
    const playbook = await loadPlaybook(
      context.options.playbook ?? productDirectory('playbooks', 'prepare-node.yaml'),
    );
    return action === 'list' ? list(playbook) : runOrCheck(playbook, action === 'check', context);
  },
});

async function runOrCheck(playbook: Playbook, check: boolean, context: PlaybookContext): Promise<VerbResult> {
  const [action = '', siteDirectory] = context.args;
  const { bundle: bundleFile, limit, tags, diff } = context.options;
  if (siteDirectory === undefined) {
    throw usage(
      `playbook ${action} needs a site.`,
      `Name the site folder: perimeter playbook ${action} site/try`,
    );
  }
  // A tag that no task has is wrong usage, told before anything is opened.
  withTags(playbook, tags);
  const { events, signal } = context;
  const journalLiesAt = (path: string): void => context.journalLiesAt(path);
  const open = {
    siteDirectory,
    bundleFile,
    verb: 'playbook',
    events,
    signal,
    changes: !check,
    journalLiesAt,
  };
  const runOptions = { check, signal, ...(tags.length === 0 ? {} : { tags }) };
  const runs = await withSiteHosts(open, (setup) =>
    runPlaybookOnSite(playbook, setup, nodesNamed(setup.site, limit), runOptions),
  );
  const text = describe(runs, check, diff);
  const failures = runs.flatMap(({ recap, failure }) =>
    failure === undefined ? [] : [{ target: recap.host, error: failure }],
  );
  if (failures.length > 0) {
    await context.show(text);
    throw joinFailures(playbook.name, failures);
  }
  const pending = check && runs.some(({ changes }) => changes.length > 0);
  const data = { hosts: runs.map(({ recap, changes }) => ({ ...recap, changes })) } as unknown as JsonObject;
  return { text, data, exitCode: pending ? exitChangesPending : 0 };
}

function describe(runs: readonly HostRun[], check: boolean, diff: boolean): string {
  const hosts = runs.flatMap(({ recap, changes, diffs }) => [
    ...changes.map(
      ({ sentence, data }) =>
        `${!check ? 'changed' : data.waits ? 'may change' : 'would change'}: [${recap.host}] ${sentence}  (${data.place})`,
    ),
    ...(diff ? diffs : []),
  ]);
  return [...hosts, describeRecap(runs.map(({ recap }) => recap))].join('\n');
}

function list({ plays }: Playbook): VerbResult {
  const lines = plays.flatMap((play) => {
    const tasks = play.tasks.filter((item) => item.kind === 'task');
    const handlers = play.handlers.map((handler) => ({ ...handler, name: `(handler) ${handler.name}` }));
    const rows = [...tasks, ...handlers].map(
      ({ name, module, place, tags }) =>
        `  ${name}  [${module.name}]  ${place}${tags.length > 0 ? `  ${tags.join(',')}` : ''}`,
    );
    return [`${play.name} (${play.hosts.join(', ')})`, ...rows];
  });
  return { text: `${lines.join('\n')}\n` };
}

function modules(): VerbResult {
  const all = Object.values(playbookModules);
  const lines = all.map(
    ({ name, summary, args }) => `${name}: ${summary}\n    ${Object.keys(args.shape).join(', ')}`,
  );
  return { text: `${lines.join('\n')}\n` };
}

function moduleArgument(name: string | undefined): string {
  if (name === undefined)
    throw usage('playbook explain needs a module.', 'See them: perimeter playbook modules');
  return name;
}

function schema(): VerbResult {
  const data = playbookJsonSchema();
  return { text: `${JSON.stringify(data, null, 2)}\n`, data };
}

function usage(message: string, hint: string): PerimeterError {
  return new PerimeterError('E_USAGE', { message, hint });
}
