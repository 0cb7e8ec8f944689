import { expect, test } from 'vitest';
import { etcdLearners, removeEtcdMember } from '../../../../installer/parts/kubernetes/etcd-members.ts';
import { MemoryHost } from '../../../../installer/testkit/memory-host.ts';

const list = [
  '8211f1d0f64f3269, started, n1, https://10.0.0.11:2380, https://10.0.0.11:2379, false',
  'ffffffffffffff01, unstarted, , https://10.0.0.12:2380, , true',
  '',
].join('\n');

const { signal } = new AbortController();

function controlPlane(): MemoryHost {
  return new MemoryHost({
    commands: { etcdctl: (_machine, argv) => (argv.includes('list') ? { stdout: list } : {}) },
  });
}

test('removes the member of that node alone, by the number as etcd writes it', async () => {
  const host = controlPlane();
  expect(await removeEtcdMember(host, '10.0.0.12', signal)).toBe(true);
  expect(host.changes).toEqual([expect.stringMatching(/^etcdctl .* member remove ffffffffffffff01$/)]);
});

test('a node that left nothing behind costs no change', async () => {
  const host = controlPlane();
  expect(await removeEtcdMember(host, '10.0.0.1', signal)).toBe(false);
  expect(host.changes).toEqual([]);
});

test('tells the members that never became full ones', async () => {
  expect(await etcdLearners(controlPlane())).toEqual([
    { id: 'ffffffffffffff01', peerUrls: ['https://10.0.0.12:2380'], learner: true },
  ]);
});
