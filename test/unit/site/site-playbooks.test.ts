import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkSitePlaybooks } from '../../../installer/actions/check-site-playbooks.ts';
import { readSitePlaybooks, sitePlaybook } from '../../../installer/site/site-playbooks.ts';
import { sampleSite } from '../../support/sample-site.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'perimeter-playbooks-'));
});
afterEach(async () => await rm(root, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<void> {
  const file = join(root, 'playbooks', path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, text);
}

const playbook =
  '- name: Own\n  hosts: all\n  tasks:\n    - name: A\n      file: {path: /a, state: absent}\n';

describe('playbooks that a site brings', () => {
  it('are none in most sites', async () => {
    expect(await readSitePlaybooks(root)).toEqual({ files: {}, problems: [] });
  });

  it('are found with all that lies beside them, and change with it', async () => {
    await write('after-install.yaml', playbook);
    await write('templates/x.hbs', 'one');
    const { files, problems } = await readSitePlaybooks(root);
    expect([Object.keys(files), problems]).toEqual([['after-install.yaml', 'templates/x.hbs'], []]);
    const site = { ...sampleSite(root), playbooks: files };
    expect(sitePlaybook(site, 'after-install')).toBe(join(root, 'playbooks', 'after-install.yaml'));
    expect(sitePlaybook(site, 'before-prepare-nodes')).toBeUndefined();
    await write('templates/x.hbs', 'two');
    const copy = join(root, 'copy');
    await cp(join(root, 'playbooks'), join(copy, 'playbooks'), { recursive: true });
    const changed = (await readSitePlaybooks(copy)).files;
    expect(changed['templates/x.hbs']).not.toBe(files['templates/x.hbs']);
    expect(changed['after-install.yaml']).toBe(files['after-install.yaml']);
  });

  it('that no point would run are named, with what was probably meant', async () => {
    await write('after-instal.yaml', playbook);
    await write('after-install.yml', playbook);
    const { problems } = await readSitePlaybooks(root);
    expect(problems).toEqual([
      expect.objectContaining({
        file: 'playbooks/after-instal.yaml',
        message: expect.stringContaining('did you mean "after-install"'),
      }),
      expect.objectContaining({ file: 'playbooks/after-install.yml' }),
    ]);
  });

  it('are read before anything is contacted: every problem by file and line', async () => {
    await write('after-install.yaml', playbook.replace('path', 'pat'));
    const site = { ...sampleSite(root), playbooks: (await readSitePlaybooks(root)).files };
    await expect(checkSitePlaybooks(site)).rejects.toMatchObject({
      code: 'E_PLAYBOOK_INVALID',
      findings: [
        expect.stringMatching(/^after-install.yaml:5: .*path: is missing/),
        expect.stringMatching(/^after-install.yaml:5: .*pat: unknown key, did you mean "path"/),
      ],
    });
  });

  // Its letter looks like the one that is meant: without a word, such a playbook would never run.
  it('for somebody whom the site does not have are told before anything is contacted', async () => {
    await write('after-install.yaml', playbook.replace('hosts: all', 'hosts: w\u043erker'));
    const site = { ...sampleSite(root), playbooks: (await readSitePlaybooks(root)).files };
    await expect(checkSitePlaybooks(site)).rejects.toMatchObject({
      findings: [
        expect.stringMatching(
          /^after-install.yaml:2: play "Own": hosts: .* did you mean "worker".*\(U\+043E\)/,
        ),
      ],
    });
  });
});
