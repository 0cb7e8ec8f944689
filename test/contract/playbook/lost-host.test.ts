import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HostHands } from '../../../installer/hosts/host.ts';
import { OwnMachine } from '../../support/own-machine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { sshConnections } from '../hosts/ssh-connections.ts';
import { expectDone, failureOf, playbookOf, runOn, until } from './playbook-run.ts';

describe('a host that is lost in the middle of a task, over SSH', () => {
  const ssh = sshConnections();
  /** A connection that does not wait for the host to come back. */
  const connect = (): HostHands => ssh.open(undefined, { comeBackMs: 200 });

  it('while a file is sent, keeps the old one whole, and has the new one after the next run', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'large');
    writeFileSync(file, 'old\n');
    const text = 'wanted '.repeat(4 << 20);
    const variables = { file, text };
    const playbook = await playbookOf(["name: Send it\ncopy: {dest: '{{file}}', content: '{{text}}'}"]);
    const [run] = await Promise.all([
      runOn(connect(), playbook, { variables }),
      until(() => readdirSync(folder).length > 1).then(() => ssh.server.stop()),
    ]);
    const { error, told } = failureOf(run);
    expect(error).toMatchObject({ code: 'E_HOST_UNREACHABLE', retryable: true });
    expect(told).toContain('task Send it (site.yaml:4), host n1');
    expect(readFileSync(file, 'utf8')).toBe('old\n');
    // The half that arrived goes too, although nobody is connected any more.
    await until(() => readdirSync(folder).length === 1);

    await ssh.server.start();
    await expectDone(connect(), playbook, variables);
    expect(readFileSync(file, 'utf8') === text).toBe(true);
  });

  it('while a command runs, takes it for done only when it left what it was for', async () => {
    const folder = await temporaryFolder();
    const script =
      'echo started >> $1/log; while [ -d $1 ] && [ ! -e $1/go ]; do sleep 0.05; done; echo done > $1/result';
    const playbook = await playbookOf([
      `name: Long work\ncommand: {argv: [sh, -c, '${script}', work, '{{folder}}'], creates: '{{folder}}/result'}`,
      "name: After it\ncopy: {dest: '{{folder}}/after', content: after}",
    ]);
    const variables = { folder };
    const [run] = await Promise.all([
      runOn(connect(), playbook, { variables }),
      until(() => existsSync(join(folder, 'log'))).then(() => ssh.server.stop()),
    ]);
    expect(failureOf(run).told).toContain('task Long work (site.yaml:4), host n1');
    expect(existsSync(join(folder, 'after'))).toBe(false);

    await ssh.server.start();
    writeFileSync(join(folder, 'go'), '');
    await expectDone(connect(), playbook, variables);
    expect(['result', 'after'].map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual([
      'done\n',
      'after',
    ]);
  });
});

describe('a host that boots between two runs', () => {
  let machine: OwnMachine;
  beforeEach(async () => {
    machine = await OwnMachine.start();
  });
  afterEach(() => machine.close());

  const handler = (script: string): string => `name: Restart demo\ncommand: {argv: [sh, -c, '${script}']}`;
  const settings = 'name: Settings\ncopy: {dest: /var/lib/demo.conf, content: x}\nnotify: Restart demo';
  const noted = '/var/lib/perimeter/playbook/site/notified';
  const restarts = (): string[] =>
    existsSync(machine.at('/var/lib/restarts'))
      ? readFileSync(machine.at('/var/lib/restarts'), 'utf8').split('\n').filter(Boolean)
      : [];
  /** A program that waits in the middle of its work, until the power goes; after a boot it goes through. */
  const interrupted = 'if [ ! -e /var/lib/booted ]; then touch /run/busy; exec sleep 600; fi';

  async function loseInTheMiddle(playbook: Awaited<ReturnType<typeof playbookOf>>): Promise<string> {
    const [run] = await Promise.all([
      runOn(machine.host, playbook),
      until(() => existsSync(machine.at('/run/busy'))).then(() => machine.powerOff()),
    ]);
    await machine.powerOn();
    writeFileSync(machine.at('/var/lib/booted'), '');
    return failureOf(run).told;
  }

  it('between a change and its handler: the handler runs, once', async () => {
    const playbook = await playbookOf(
      [
        settings,
        `name: Long work\ncommand: {argv: [sh, -c, '${interrupted}; touch /var/lib/worked'], creates: /var/lib/worked}`,
      ],
      { handlers: handler('echo again >> /var/lib/restarts') },
    );
    const told = await loseInTheMiddle(playbook);
    expect(told).toContain('the power is off');
    expect(told).toContain('task Long work (site.yaml:7), host n1');
    expect([restarts(), readdirSync(machine.at(noted))]).toEqual([[], ['restart-demo']]);

    // The file is as declared already: only the note tells that its handler has not run.
    const { changes } = await expectDone(machine.host, playbook);
    expect(changes.map(({ data }) => data['task'])).toEqual(['Long work', 'Restart demo']);
    expect([restarts(), readdirSync(machine.at(noted))]).toEqual([['again'], []]);
  });

  it('in the middle of a handler: it runs again', async () => {
    const playbook = await playbookOf([settings], {
      handlers: handler(`echo begun >> /var/lib/restarts; ${interrupted}; echo done >> /var/lib/restarts`),
    });
    expect(await loseInTheMiddle(playbook)).toContain('task Restart demo (site.yaml:8), host n1');
    expect(restarts()).toEqual(['begun']);
    const { changes } = await expectDone(machine.host, playbook);
    expect(changes.map(({ sentence }) => sentence)).toEqual(['restart demo']);
    expect(restarts()).toEqual(['begun', 'begun', 'done']);
  });
});
