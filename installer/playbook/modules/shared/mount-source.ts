import type { HostView } from '../../../hosts/host.ts';

/**
 * Whether what is declared and what is mounted are the same. Devices have many names, so their numbers count. Arguments: what is
 * declared, what the kernel calls the mounted, where, "bind" or nothing.
 */
const script = `
set -eu
tell() { if "$@"; then echo yes; else echo no; fi; exit 0; }
[ "$4" != bind ] || tell [ "$1" -ef "$3" ]
case $1 in *=*) one=$(findfs "$1" 2> /dev/null) || one= ;; *) one=$1 ;; esac
if [ -z "$one" ] && [ -b "$2" ]; then
  found=$(blkid --probe --output value --match-tag "\${1%%=*}" -- "$2" 2> /dev/null) || found=
  [ -z "$found" ] || tell [ "$found" = "\${1#*=}" ]
fi
if [ -b "$one" ] && [ -b "$2" ]; then
  tell [ "$(stat -Lc %t:%T -- "$one")" = "$(stat -Lc %t:%T -- "$2")" ]
fi
case $one,$2 in
  ,* | /*,/*) ;;
  *) tell [ "\${one%/}" = "\${2%/}" ] ;;
esac`;

/** Undefined where it cannot be told. */
export async function isSameSource(
  host: HostView,
  declared: string,
  mounted: string,
  path: string,
  bind: boolean,
): Promise<boolean | undefined> {
  const { stdout } = await host.query([
    'sh',
    '-c',
    script,
    'compare-mount',
    declared,
    mounted,
    path,
    bind ? 'bind' : '',
  ]);
  const answer = stdout.trim();
  return answer === '' ? undefined : answer === 'yes';
}
