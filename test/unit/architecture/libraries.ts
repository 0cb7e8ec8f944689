import type { Import } from './source-files.ts';

/** Where each library has its place. A library that is not named here may be used anywhere. */
const places: Readonly<Record<string, RegExp>> = {
  execa:
    /^installer\/(base\/apt-get|base\/package-sources|hosts\/transport\/local|kube\/chart|acceptance\/git-push|lab\/recipe|cli\/lab)\.ts$/,
  'node-ssh': /^installer\/hosts\/transport\//,
  zx: /^installer\/(bundle|lab)\//,
  '@kubernetes/client-node': /^installer\/kube\//,
  systeminformation: /^installer\/agent\//,
  listr2: /^installer\/cli\/renderers\/tree\.ts$/,
  '@grpc/grpc-js': /^installer\/agent\//,
  '@grpc/proto-loader': /^installer\/agent\//,
  '@peculiar/x509': /^installer\/base\/x509\.ts$/,
  esbuild: /^installer\/agent\//,
};

export function libraryProblem({ from, target, isPackage }: Import): string | undefined {
  const place = isPackage ? places[target] : undefined;
  return place === undefined || place.test(from)
    ? undefined
    : `${from} uses ${target}, which has its place in ${place.source}`;
}
