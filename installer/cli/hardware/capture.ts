import { resolve } from 'node:path';
import { surveySite } from '../../actions/survey-site.ts';
import { PerimeterError } from '../../base/errors.ts';
import { captureModel, writeCapture } from '../../hardware/capture.ts';
import { openHost } from '../../hosts/single-host.ts';
import { type Survey, surveyHost } from '../../hosts/survey.ts';
import { loadSite } from '../../site/load-site.ts';
import { nodesNamed } from '../nodes-named.ts';
import { defineVerb, type VerbContext } from '../verb.ts';

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
    'Serial numbers and addresses of the machine are left out. Run as root there, or by a user who may use sudo: firmware tables need it.\n' +
    'localhost stands for this machine.',
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
    const { host, survey } = await lookAt(context);
    const captured = captureModel(host, survey, new Date());
    const folder = resolve(context.options.out);
    await writeCapture(folder, captured, context.options.replace);
    const files = [...captured.files.keys()];
    return {
      text: `Captured ${captured.slug} from ${host} into ${folder}:\n${files.map((file) => `  ${file}`).join('\n')}\n`,
      data: { model: captured.slug, folder, files },
    };
  },
});

async function lookAt({
  args: [target = '', nodeName],
  options: given,
  events,
}: VerbContext<typeof options>): Promise<{ readonly host: string; readonly survey: Survey }> {
  if (nodeName !== undefined) {
    const site = await loadSite(target);
    const [node] = nodesNamed(site, [nodeName]);
    const [found] = await surveySite(site, events, (one) => one === node);
    if (found !== undefined) return { host: nodeName, survey: found.survey };
  }
  if (target === 'localhost') return { host: target, survey: await surveyHost(openHost('localhost')) };
  const { user, key, 'host-key': hostKey } = given;
  if (key === undefined || hostKey === undefined) {
    throw usage(
      `For the address ${target}, the key to log in with and the host's own key are needed.`,
      'Name both: --key FILE --host-key "ssh-ed25519 AAAA...". For a node of a site: perimeter hardware capture SITE NODE',
    );
  }
  const ssh = { user, port: 22, keyFile: resolve(key), hostKey };
  const host = openHost({ name: target, address: target, ssh });
  try {
    return { host: target, survey: await surveyHost(host) };
  } finally {
    await host.close();
  }
}

function usage(message: string, hint: string): PerimeterError {
  return new PerimeterError('E_USAGE', { message, hint });
}
