import { join } from 'node:path';
import { dump } from 'js-yaml';
import { z } from 'zod';
import { digestOf } from '../base/digest.ts';
import { readFileIfThere, writeFileAtomic } from '../base/files.ts';

/** The machines that a sample site is written for, as a lab describes them. */
export interface SampleHosts {
  /** Becomes the site's name. */
  readonly name: string;
  readonly subnetCidr: string;
  /** Private SSH key that opens every host. */
  readonly keyFile: string;
  /** PEM of the key that signs the bundles for it. */
  readonly bundleKey: string;
  readonly hosts: readonly { readonly name: string; readonly address: string; readonly hostKey: string }[];
}

export interface WrittenSample {
  readonly written: readonly string[];
  /** Files that a person has edited; they stay as they are. */
  readonly kept: readonly string[];
}

/** Digests of the files as they were written here; a file that no longer has its digest was edited. */
const Written = z.record(z.string(), z.string());

/** Writes the site folder that a user would edit, to learn from. A file that somebody edited is never touched again. */
export async function writeSampleSite(directory: string, hosts: SampleHosts): Promise<WrittenSample> {
  const recordPath = join(directory, '.perimeter', 'sample.json');
  const record = Written.parse(JSON.parse((await readFileIfThere(recordPath)) ?? '{}'));
  const written: string[] = [];
  const kept: string[] = [];
  for (const [name, text] of Object.entries({
    'site.yaml': siteText(hosts),
    'inventory.yaml': inventoryText(hosts),
  })) {
    const there = await readFileIfThere(join(directory, name));
    if (there !== undefined && there !== text && digestOf(there) !== record[name]) {
      kept.push(name);
      continue;
    }
    if (there !== text) {
      await writeFileAtomic(join(directory, name), text);
      written.push(name);
    }
    record[name] = digestOf(text);
  }
  await writeFileAtomic(recordPath, `${JSON.stringify(record, undefined, 2)}\n`);
  return { written, kept };
}

function siteText({ name, subnetCidr, bundleKey }: SampleHosts): string {
  return `# What the site is. Change it and look: npm run perimeter -- validate FOLDER, then plan, then install.

# Short name of the site.
name: ${name}

# Every service of the site gets a name under this domain: registry.<domain>, git.<domain>, secrets.<domain>.
# The nodes learn the names by themselves; no DNS server has to know them.
domain: ${name}.perimeter.internal

# Three networks that must not overlap. The nodes' own is the one that their addresses come from.
network:
  nodeCidr: ${subnetCidr}
  podCidr: 10.244.0.0/16
  serviceCidr: 10.96.0.0/16
  # Addresses outside the site that must not answer: who reaches one has found a way out. These are set aside for documentation, so nobody
  # has them; where nodes have a default route, name some that would answer if there were a way to them.
  # outsideProbes: [192.0.2.1, 198.51.100.1, 203.0.113.1]

# Who keeps the cluster as Git says, and how often it looks even if nothing calls it.
gitops:
  engine: flux
  intervalSeconds: 10

# Where applications run, in the order in which a version moves up.
environments: [dev, test, prod]

# People known to Git from the first hour. Developers propose, approvers approve; a merge needs two approvals.
# Their first passwords are made by the installer and lie in credentials.json in this folder (readable by its owner only).
${dump({ people: samplePeople }, { flowLevel: 2 })}
# Whose bundles are taken. A bundle that is not signed by one of these keys is refused; \`perimeter bundle key show\` prints a key.
# Put two keys here while one takes over from the other; a key with \`notAfter: 2027-06-30\` counts only until then.
# importerKeys (same form): who may let an older bundle through, signs for what came in, and for what hardware.yaml says.
${dump({ trust: { bundleKeys: [{ name: 'builder', publicKey: bundleKey }] } }, { lineWidth: -1 })}`;
}

const samplePeople = [
  { login: 'dev1', fullName: 'First Developer', role: 'developer' },
  { login: 'dev2', fullName: 'Second Developer', role: 'developer' },
  { login: 'approver1', fullName: 'First Approver', role: 'approver' },
  { login: 'approver2', fullName: 'Second Approver', role: 'approver' },
  { login: 'approver3', fullName: 'Third Approver', role: 'approver' },
];

function inventoryText({ keyFile, hosts }: SampleHosts): string {
  const controlPlanes = hosts.length < 3 ? 1 : 3;
  const nodes = hosts.map(({ name, address, hostKey }, index) => ({
    name,
    address,
    profile: index < controlPlanes ? 'compact' : 'worker',
    ssh: { hostKey },
  }));
  return `# The machines of the site.

# How the installer logs in; holds for every node that does not say otherwise under its own \`ssh\`.
# keyFile: private key without a passphrase; a relative path starts at this folder.
${dump({ ssh: { user: 'root', port: 22, keyFile } })}
# profile: what a node is for. compact = control plane and worker, control-plane, worker; see the folder profiles/ of the product.
# A file profiles/<name>.yaml in this folder adds a profile of your own (\`extends: compact\` and what differs).
# One or three nodes must be control planes; three survive the loss of any one.
# hostKey: the host's own public key, so that nobody can stand in for it; on the host: cat /etc/ssh/ssh_host_ed25519_key.pub
${dump({ nodes }, { lineWidth: -1 })}`;
}
