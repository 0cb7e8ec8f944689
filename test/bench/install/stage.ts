import { createWriteStream } from 'node:fs';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';
import { dump } from 'js-yaml';
import { type BundleArtifact, type OpenBundle, repositoryOf } from '../../../installer/bundle/bundle.ts';
import { extractFiles } from '../../../installer/bundle/extract-files.ts';
import { blobPath, indexFile, layoutFile, layoutText } from '../../../installer/oci/layout-tar.ts';
import { annotationKeys } from '../../../installer/oci/media-types.ts';

/** What the administrator's script carries: programs, packages, one archive of all images, and the files of his own hand. */
const registry = 'plain.internal';
const programs = ['node-kubernetes', 'node-containerd', 'node-runc', 'node-cni', 'node-crictl'];
const cgroupV1 = { cgroupDriver: 'cgroupfs', failCgroupV1: false };

export interface StageInput {
  readonly bundle: OpenBundle;
  readonly directory: string;
  /** Address of the first control plane, which is the endpoint too. */
  readonly first: string;
  readonly isCgroupV1: boolean;
}

/** Lays out what plain-kubeadm.sh copies to every host. Not part of the measured time: it is what stands on his medium. */
export async function makeStage({ bundle, directory, first, isCgroupV1 }: StageInput): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(join(directory, 'debs'), { recursive: true });
  const root = join(directory, 'root');
  for (const name of programs)
    await cp(await extractFiles(bundle, name), root, { recursive: true, verbatimSymlinks: true });
  await execa('tar', ['-cf', join(directory, 'node.tar'), '-C', root, '.']);
  await rm(root, { recursive: true });
  await writeDebs(bundle, join(directory, 'debs'));
  await writeImages(bundle, directory);
  await writeKubeRouter(bundle, directory, first);
  const files = hostFiles(bundle, first, isCgroupV1);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
}

function imageName(artifact: BundleArtifact): string {
  return `${registry}/${repositoryOf(artifact.name)}:${artifact.tag}`;
}

async function writeDebs(bundle: OpenBundle, directory: string): Promise<void> {
  const manifest = await bundle.manifest(bundle.artifact('node-debs'));
  for (const { digest, annotations } of manifest.layers) {
    const name = annotations?.[annotationKeys.title];
    if (name === undefined) throw new Error(`package ${digest} of node-debs has no file name`);
    await pipeline(bundle.readBlob(digest), createWriteStream(join(directory, name)));
  }
}

async function writeImages(bundle: OpenBundle, directory: string): Promise<void> {
  const layout = join(directory, 'layout');
  await mkdir(join(layout, 'blobs', 'sha256'), { recursive: true });
  const manifests: object[] = [];
  for (const artifact of bundle.artifacts.filter(({ kind }) => kind === 'image')) {
    const blobs = await bundle.blobs(artifact);
    for (const { digest } of blobs) {
      await pipeline(bundle.readBlob(digest), createWriteStream(join(layout, blobPath(digest))));
    }
    manifests.push({
      mediaType: blobs[0]?.mediaType,
      digest: artifact.digest,
      size: blobs[0]?.sizeBytes,
      annotations: { 'io.containerd.image.name': imageName(artifact) },
    });
  }
  await writeFile(join(layout, layoutFile), layoutText);
  await writeFile(join(layout, indexFile), JSON.stringify({ schemaVersion: 2, manifests }));
  await execa('tar', ['-cf', join(directory, 'images.tar'), '-C', layout, '.']);
  await rm(layout, { recursive: true });
}

async function writeKubeRouter(bundle: OpenBundle, directory: string, first: string): Promise<void> {
  const helm = join(await extractFiles(bundle, 'helm'), 'usr', 'local', 'bin', 'helm');
  const chart = join(await extractFiles(bundle, 'chart-kube-router'), 'kube-router');
  const values = {
    images: { 'kube-router': imageName(bundle.artifact('kube-router')) },
    apiServer: { host: first, port: 6443 },
  };
  const argv = ['template', 'kube-router', chart, '--namespace', 'kube-system', '--values', '-'];
  const { stdout } = await execa(helm, argv, { input: dump(values) });
  await writeFile(join(directory, 'kube-router.yaml'), stdout);
}

/** His own files: as short as they can be. */
function hostFiles(bundle: OpenBundle, first: string, isCgroupV1: boolean): Record<string, string> {
  const unit = (name: string, more: string): string =>
    `[Unit]\nDescription=${name}\n[Service]\n${more}Restart=always\nRestartSec=1\n[Install]\nWantedBy=multi-user.target\n`;
  const units = 'files/etc/systemd/system';
  return {
    'kubeadm.yaml': [
      {
        apiVersion: 'kubeadm.k8s.io/v1beta4',
        kind: 'InitConfiguration',
        localAPIEndpoint: { advertiseAddress: first, bindPort: 6443 },
        nodeRegistration: { taints: [], imagePullPolicy: 'Never' },
      },
      {
        apiVersion: 'kubeadm.k8s.io/v1beta4',
        kind: 'ClusterConfiguration',
        kubernetesVersion: bundle.artifact('kube-apiserver').version,
        imageRepository: `${registry}/${repositoryOf('')}`.replace(/\/$/, ''),
        controlPlaneEndpoint: `${first}:6443`,
        encryptionAlgorithm: 'ECDSA-P256',
        networking: { podSubnet: '10.244.0.0/16', serviceSubnet: '10.96.0.0/16' },
        etcd: { local: { imageTag: bundle.artifact('etcd').tag } },
      },
      {
        apiVersion: 'kubelet.config.k8s.io/v1beta1',
        kind: 'KubeletConfiguration',
        ...(isCgroupV1 ? cgroupV1 : {}),
        imageGCHighThresholdPercent: 100,
        imageGCLowThresholdPercent: 99,
      },
    ]
      .map((document) => dump(document))
      .join('---\n'),
    'files/etc/containerd/config.toml': [
      'version = 3',
      `[plugins."io.containerd.cri.v1.images".pinned_images]\nsandbox = "${imageName(bundle.artifact('pause'))}"`,
      '[plugins."io.containerd.cri.v1.runtime"]\nrestrict_oom_score_adj = true',
      '[plugins."io.containerd.cri.v1.runtime".cni]\nbin_dirs = ["/opt/cni/bin"]\nconf_dir = "/etc/cni/net.d"',
      `[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]\nruntime_type = "io.containerd.runc.v2"`,
      `[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]\nBinaryName = "/usr/local/bin/runc"\nSystemdCgroup = ${!isCgroupV1}`,
      '',
    ].join('\n'),
    'files/etc/sysctl.d/90-plain.conf':
      'net.ipv4.ip_forward = 1\nnet.bridge.bridge-nf-call-iptables = 1\nfs.inotify.max_user_instances = 8192\n',
    [`${units}/containerd.service`]: unit(
      'containerd',
      'Type=notify\nExecStart=/usr/local/bin/containerd\nDelegate=yes\nKillMode=process\nLimitNOFILE=1048576\nTasksMax=infinity\n',
    ),
    [`${units}/kubelet.service`]: unit('kubelet', 'ExecStart=/usr/local/bin/kubelet\n'),
    [`${units}/kubelet.service.d/10-kubeadm.conf`]: [
      '[Service]',
      'Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"',
      'Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"',
      'EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env',
      'ExecStart=',
      'ExecStart=/usr/local/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS',
      '',
    ].join('\n'),
  };
}
