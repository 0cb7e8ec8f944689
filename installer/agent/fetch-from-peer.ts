import type { HostHands } from '../hosts/host.ts';
import type { CopySource } from './peer-copies.ts';

/** From a peer that gives nothing for so long nothing more will come: it is seen at the second look. */
const lookEveryMs = 20_000;

/**
 * Bash can open a connection; a node that has nothing else yet can take a file with it. A peer that vanished closes none, so the file is looked
 * at meanwhile: when it no longer grows, the whole group of processes ends. Arguments: address, port, word, file, seconds between looks.
 */
const script = `
exec timeout 600 bash -euc '
{
  before=
  while sleep "$5"; do
    now=$(stat -c %s "$4" || echo none)
    [ "$now" != "$before" ] || kill -TERM 0
    before=$now
  done
} < /dev/null > /dev/null 2>&1 &
watch=$!
trap "kill $watch" EXIT
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
  everyMs = lookEveryMs,
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
    String(everyMs / 1000),
  ];
  await host.run(argv, { timeoutMs: 660_000 });
}
