import { randomBytes } from 'node:crypto';
import { PerimeterError } from '../../base/errors.ts';
import { count, formatDuration } from '../../base/units.ts';
import type { OpenBundle } from '../../bundle/bundle.ts';
import { openBundle } from '../../bundle/open-bundle.ts';
import { type RebuiltArtifact, rebuildArtifacts } from '../../bundle/rebuild-artifacts.ts';
import { defineVerb, type OptionValues, type VerbContext, type VerbResult } from '../verb.ts';
import { chosenTrust, trustOptions } from './trust-options.ts';

export const rebuildVerb = defineVerb({
  name: 'bundle rebuild',
  summary: 'make artifacts again from nothing and compare them bit for bit',
  description:
    'Without a NAME some artifacts are chosen: of every kind, different each time, as many as fit the time. The seed that is shown\n' +
    'chooses the same ones again. What is compiled is compiled anew, in another folder with an empty build cache.',
  args: [{ name: 'NAME', summary: 'exactly these artifacts', optional: true, multiple: true }],
  options: {
    verify: { type: 'boolean', summary: 'compare with what it should be; the only thing it can do' },
    against: {
      type: 'string',
      value: 'BUNDLE',
      summary:
        'compare with this bundle; default: images.lock, and where that says nothing, what was made here',
    },
    count: { type: 'string', value: 'N', default: '3', summary: 'how many are chosen; default 3' },
    seed: {
      type: 'string',
      value: 'TEXT',
      summary: 'choose as that run did; default: another choice each time',
    },
    minutes: {
      type: 'string',
      value: 'N',
      default: '5',
      summary: 'time that the chosen may take; default 5',
    },
    ...trustOptions,
  },
  examples: [
    { command: 'perimeter bundle rebuild --verify', does: 'makes three artifacts again' },
    {
      command: 'perimeter bundle rebuild --verify etcd pause',
      does: 'makes these again, however long it takes',
    },
    {
      command: 'perimeter bundle rebuild --verify etcd --against /media/stick --key builder.pub',
      does: 'holds what this machine makes against what somebody else carried',
    },
    {
      command: 'perimeter bundle rebuild --verify --seed 4f1c22aa',
      does: 'repeats the choice of an earlier run',
    },
  ],
  async run({ args, options, events, signal }): Promise<VerbResult> {
    const seed = options.seed ?? randomBytes(4).toString('hex');
    const [howMany, minutes] = [Number(options.count), Number(options.minutes)];
    if (!options.verify || !Number.isInteger(howMany) || howMany < 1 || !(minutes > 0)) {
      throw new PerimeterError('E_USAGE', {
        message:
          'perimeter bundle rebuild: --verify must be given; --count and --minutes are numbers above 0.',
        hint: 'perimeter bundle rebuild --verify',
      });
    }
    const isChosen = args.length === 0;
    if (isChosen) events.emit({ kind: 'note', scope: ['bundle'], text: `chosen by --seed ${seed}` });
    const choice = { names: args, count: howMany, seed, budgetMs: minutes * 60_000, events, signal };
    const results = await comparing(options, { events, signal }, (against) =>
      rebuildArtifacts({ ...choice, against }),
    );
    refuseDifferences(results, isChosen, seed);
    const same = results.filter((one) => one.result === 'same').length;
    const title = `${same} of ${count(results.length, 'artifact')} made again, bit for bit the same${isChosen ? ` (--seed ${seed})` : ''}`;
    return {
      text: [title, ...results.map(sentenceOf)].join('\n'),
      data: { seed, results: results.map((one) => ({ ...one })) },
    };
  },
});

/** Opens the bundle that is compared with, when one is named, for as long as it is needed. */
async function comparing<T>(
  options: OptionValues<typeof trustOptions> & { readonly against: string | undefined },
  context: Pick<VerbContext, 'events' | 'signal'>,
  work: (against: OpenBundle | undefined) => Promise<T>,
): Promise<T> {
  if (options.against === undefined) return await work(undefined);
  const bundle = await openBundle(options.against, { trust: await chosenTrust(options), ...context });
  try {
    return await work(bundle);
  } finally {
    await bundle.close();
  }
}

/** One that no archive serves any more fails only those who asked for it by name, or when nothing else was left to compare. */
function refuseDifferences(results: readonly RebuiltArtifact[], isChosen: boolean, seed: string): void {
  const bad = results.filter((one) => one.result !== 'same');
  const forgiven = isChosen && bad.length < results.length;
  const counted = bad.filter((one) => !(forgiven && one.result === 'failed' && one.gone));
  if (counted.length === 0 && results.length > 0) return;
  throw new PerimeterError('E_NOT_REPRODUCIBLE', {
    message:
      results.length === 0
        ? 'No artifact fits the time that was given'
        : `${count(counted.length, 'artifact')} could not be made again as before: ${counted.map((one) => one.name).join(', ')}`,
    hint:
      results.length === 0
        ? 'Give more time: perimeter bundle rebuild --verify --minutes 15'
        : `Look at what is named: its maker takes something from the clock, the machine or the network. Again: perimeter bundle rebuild --verify ${isChosen ? `--seed ${seed}` : counted.map((one) => one.name).join(' ')}`,
    findings: results.map(sentenceOf),
  });
}

function sentenceOf(one: RebuiltArtifact): string {
  if (one.result === 'same')
    return `${one.name}: the same as in ${one.against}, ${one.digest}, in ${formatDuration(one.ms)}`;
  if (one.result === 'failed') return `${one.name}: cannot be made again: ${one.reason}`;
  return `${one.name}: in ${one.against} ${one.digest}, made again ${one.rebuilt}; ${one.difference}`;
}
