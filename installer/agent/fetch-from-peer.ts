import type { HostHands } from '../hosts/host.ts';
import type { CopySource } from './peer-copies.ts';

/** Bash can open a connection; a node that has nothing else yet can take a file with it. Arguments: address, port, word, file. */
const script = `
exec timeout 600 bash -euc '
exec 3<>"/dev/tcp/$1/$2"
printf "GET /%s HTTP/1.0\\r\\n\\r\\n" "$3" >&3
IFS= read -r status <&3
case $status in *" 200 "*) ;; *) echo "the peer answered: $status" >&2; exit 65 ;; esac
while IFS= read -r line <&3 && [ -n "\${line%$(printf "\\r")}" ]; do :; done
cat <&3 > "$4"
' bash "$@"
`;

/** Has a node take a file from another one. What arrives is not yet proved to be the right one. */
export async function fetchFromPeer(
  host: HostHands,
  source: Extract<CopySource, { kind: 'peer' }>,
  file: string,
): Promise<void> {
  const argv = [
    'sh',
    '-c',
    script,
    'fetch-from-peer',
    source.address,
    String(source.port),
    source.word,
    file,
  ];
  await host.run(argv, { timeoutMs: 660_000 });
}
