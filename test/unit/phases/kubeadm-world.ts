import { generateKeyPairSync } from 'node:crypto';
import { load } from 'js-yaml';
import { kubeconfigFor } from '../../../installer/kube/admin-kubeconfig.ts';
import { MemoryCluster } from '../../../installer/testkit/memory-cluster.ts';
import type { MemoryCommand } from '../../../installer/testkit/memory-command.ts';
import { MemoryHost } from '../../../installer/testkit/memory-host.ts';
import type { PhaseWorld } from '../suites/phase-suite.ts';
import { imageBundle } from './image-bundle.ts';
import { memoryWorld } from './memory-world.ts';
import { testCertificate } from './test-certificate.ts';

export interface KubeadmWorld extends PhaseWorld {
  readonly cluster: MemoryCluster;
  readonly hosts: readonly MemoryHost[];
  /** Addresses of the members of etcd. */
  readonly etcd: Set<string>;
  /** The next kubeadm is cut off half-way, as by a power cut; later ones work. */
  failNext(): void;
}

const manifests = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

/** Prepared hosts with a kubeadm that does to host and cluster what the real one does, as far as the phases can see it. */
export async function kubeadmWorld(hostCount: number, credentialsDirectory?: string): Promise<KubeadmWorld> {
  const base = await memoryWorld(hostCount, credentialsDirectory);
  const cluster = new MemoryCluster();
  cluster.up = false;
  const etcd = new Set<string>();
  const learners = new Set<string>();
  let failing = 0;
  const hosts = base.hosts.map(
    ({ name, address }) => new MemoryHost({ name, address, commands: commands(name, address) }),
  );

  function commands(name: string, address: string): Readonly<Record<string, MemoryCommand>> {
    const kubeadm: MemoryCommand = ({ files }, argv) => {
      if (argv.includes('reset')) {
        for (const path of ['/etc/kubernetes/manifests', '/etc/kubernetes/pki', '/var/lib/kubelet'])
          files.remove(path);
        for (const file of ['admin.conf', 'super-admin.conf', 'kubelet.conf'])
          files.remove(`/etc/kubernetes/${file}`);
        return {};
      }
      if (argv.includes('upload-certs')) {
        cluster.put({
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'kubeadm-certs', namespace: 'kube-system' },
        });
        return {};
      }
      const joins = argv.includes('join');
      const text = files.text('/run/perimeter/kubeadm.yaml') ?? '';
      const [configuration] = text.split('\n---\n').map((part) => load(part)) as [Record<string, unknown>];
      const master = !joins || configuration['controlPlane'] !== undefined;
      if (master && [...learners].some((one) => one !== address))
        return { exitCode: 1, stderr: 'etcdserver: too many learner members in cluster' };
      if (master) {
        if (joins) learners.add(address);
        files.edit('/var/lib/etcd/member/wal', address);
        etcd.add(address);
        for (const part of manifests) files.edit(`/etc/kubernetes/manifests/${part}.yaml`, part);
      }
      if (failing > 0) {
        failing -= 1;
        return { exitCode: 1 };
      }
      learners.delete(address);
      cluster.up = true;
      files.edit('/etc/kubernetes/kubelet.conf', 'kubelet');
      files.edit('/etc/kubernetes/pki/ca.crt', testCertificate.certificate);
      if (!joins) {
        files.edit('/etc/kubernetes/admin.conf', adminKubeconfig());
        files.edit('/etc/kubernetes/super-admin.conf', adminKubeconfig());
      }
      cluster.put({ apiVersion: 'v1', kind: 'Node', metadata: { name } });
      for (const part of master ? manifests : []) {
        cluster.put({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: `${part}-${name}`, namespace: 'kube-system' },
        });
      }
      return {};
    };
    return {
      '/usr/local/bin/kubeadm': kubeadm,
      'systemd-run': async (machine, argv, input) => {
        const result = await kubeadm(machine, argv.slice(argv.indexOf('/usr/local/bin/kubeadm')), input);
        const begun = machine.files.text('/var/lib/perimeter/kubernetes/begun.json') ?? '';
        if ((result.exitCode ?? 0) === 0)
          machine.files.edit('/var/lib/perimeter/kubernetes/done.json', begun);
        machine.files.remove('/run/perimeter/kubeadm.yaml');
        return {};
      },
      etcdctl: (_machine, argv) => {
        if (argv.includes('list')) {
          return {
            stdout: [...etcd]
              .map((peer) => `${idOf(peer)}, started, x, https://${peer}:2380, , ${learners.has(peer)}\n`)
              .join(''),
          };
        }
        for (const peer of etcd) {
          if (idOf(peer) !== argv.at(-1)) continue;
          etcd.delete(peer);
          learners.delete(peer);
        }
        return {};
      },
      rm: ({ files }, argv) => {
        files.remove(argv.at(-1) ?? '');
        return {};
      },
      mkdir: ({ files }, argv) => {
        files.directory(argv.at(-1) ?? '');
        return {};
      },
      sync: () => ({}),
      tail: () => ({ stdout: 'the last words of kubeadm' }),
      stat: () => ({ stdout: 'cgroup2fs\n' }),
    };
  }

  const byName = new Map(hosts.map((host) => [host.name, host]));
  return {
    hosts,
    cluster,
    etcd,
    failNext: () => {
      failing = 1;
    },
    setup: {
      ...base.setup,
      bundle: imageBundle([...manifests, 'pause']),
      kube: cluster,
      hosts: { hands: (name) => byName.get(name) as MemoryHost, close: async () => {} },
    },
  };
}

function idOf(address: string): string {
  return Buffer.from(address).toString('hex');
}

const adminKey = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });

function adminKubeconfig(): string {
  const { certificate } = testCertificate;
  return kubeconfigFor('https://somewhere:6443', 'unit', {
    certificateAuthority: certificate,
    certificate,
    key: adminKey,
  });
}
