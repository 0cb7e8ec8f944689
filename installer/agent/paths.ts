/** Where the agent's things lie on a node. The seed store shares its file system with containerd, so blobs move by hard link. */
export const agentDirectory = '/var/lib/perimeter/agent';
export const runtimePath = `${agentDirectory}/node`;
/** A library that the runtime needs and that a minimal Debian lacks. */
export const libraryPath = `${agentDirectory}/libatomic.so.1`;
export const programPath = `${agentDirectory}/agent.cjs`;
export const seedDirectory = '/var/lib/perimeter/seed';
export const containerdRoot = '/var/lib/containerd';
export const containerdSocket = '/run/containerd/containerd.sock';

/** containerd's content store below its root: every file in it was verified when it was committed. */
export function contentStoreDirectory(root: string): string {
  return `${root}/io.containerd.content.v1.content/blobs/sha256`;
}

/** What lies where on a node. */
export interface NodePlaces {
  readonly seedDirectory: string;
  readonly containerdRoot: string;
  readonly containerdSocket: string;
}

export const nodePlaces: NodePlaces = { seedDirectory, containerdRoot, containerdSocket };
