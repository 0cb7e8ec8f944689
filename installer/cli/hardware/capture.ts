import { resolve } from 'node:path';
import { lookForCapture } from '../../actions/look-for-capture.ts';
import { PerimeterError } from '../../base/errors.ts';
import { captureModel, type SeenMachine, writeCapture } from '../../hardware/capture.ts';
import { compareCollectors } from '../../hardware/collectors.ts';
import { openHostPool } from '../../hosts/pool.ts';
import { openHost } from '../../hosts/single-host.ts';
import { loadSite } from '../../site/load-site.ts';
import { nodesNamed } from '../nodes-named.ts';
import { defineVerb, type VerbContext } from '../verb.ts';
import { doubtLines } from './doubt-lines.ts';

const options = {
  out: {
    type: 'string',
    value: 'FOLDER',
    default: 'hardware',
    summary: 'the catalogue folder to write into',
  },
  replace: { type: 'boolean', summary: 'put it in the place of files that are there already' },
  user: { type: 'string', value: 'NAME', default: 'root', summary: 'for an address: who logs in' },
  key: { type: 'string', value: 'FILE', summary: 'for an address: the private SSH key' },
  'host-key': {
    type: 'string',
    value: 'TEXT',
    summary: "for an address: the host's public key, ssh-ed25519 AAAA...",
  },
} as const;

export const hardwareCaptureVerb = defineVerb({
  name: 'hardware capture',
  summary: 'make a model file out of a real machine, with the evidence; the machine is only looked at',
  description:
    'Serial numbers and addresses of the machine are left out. Where the agent is on it, that is asked, too. Run as root there, or by a\n' +
    'user who may use sudo: firmware tables need it. localhost stands for this machine.',
  args: [
    { name: 'HOST', summary: 'a site folder (then name the NODE), an address, or localhost' },
    { name: 'NODE', summary: 'the node of the site', optional: true },
  ],
  options,
  examples: [
    {
      command: 'perimeter hardware capture site/plant n1 --out hardware',
      does: 'captures the model of node n1',
    },
    {
      command: 'perimeter hardware capture 10.20.0.11 --key ssh/id_ed25519 --host-key "ssh-ed25519 AAAA..."',
      does: 'captures the model of a machine that is in no site yet',
    },
  ],
  async run(context) {
    const { host, seen } = await lookAt(context);
    const captured = captureModel(host, seen, new Date());
    const folder = resolve(context.options.out);
    await writeCapture(folder, captured, context.options.replace);
    const files = [...captured.files.keys()];
    const { differences } = compareCollectors(seen.survey);
    return {
      text: `Captured ${captured.slug} from ${host} into ${folder}:\n${files.map((file) => `  ${file}`).join('\n')}\n${doubtLines([{ node: host, differences }])}`,
      data: { model: captured.slug, folder, files, collectorsDiffer: differences },
    };
  },
});

interface Found {
  readonly host: string;
  readonly seen: SeenMachine;
}

async function lookAt(context: VerbContext<typeof options>): Promise<Found> {
  const {
    args: [target = '', nodeName],
    events,
    signal,
  } = context;
  const note = (text: string): void => events.emit({ kind: 'note', scope: ['capture'], text });
  if (nodeName !== undefined) {
    const site = await loadSite(target);
    nodesNamed(site, [nodeName]);
    const hosts = openHostPool(site);
    try {
      return { host: nodeName, seen: await lookForCapture(hosts.hands(nodeName), note, signal) };
    } finally {
      await hosts.close();
    }
  }
  const host = openHost(target === 'localhost' ? target : sshTarget(target, context.options));
  try {
    return { host: target, seen: await lookForCapture(host, note, signal) };
  } finally {
    await host.close();
  }
}

function sshTarget(target: string, given: VerbContext<typeof options>['options']) {
  const { user, key, 'host-key': hostKey } = given;
  if (key === undefined || hostKey === undefined) {
    throw usage(
      `For the address ${target}, the key to log in with and the host's own key are needed.`,
      'Name both: --key FILE --host-key "ssh-ed25519 AAAA...". For a node of a site: perimeter hardware capture SITE NODE',
    );
  }
  return { name: target, address: target, ssh: { user, port: 22, keyFile: resolve(key), hostKey } };
}

function usage(message: string, hint: string): PerimeterError {
  return new PerimeterError('E_USAGE', { message, hint });
}
