/**
 * The few shell programs that file operations are made of. They are constants: paths and values only ever come in as
 * arguments, content as standard input. They use what every minimal Debian has (sh, coreutils, find).
 */

/**
 * Looks at many paths in one go. Arguments: how many questions, pairs of question and path, then paths whose state is asked for. Each
 * question gets one line: `absent`, `ok VALUE` or `error TEXT`. Behind the line `states` come, each ended by a zero byte, state and path of
 * those that are there, then for symbolic links nothing, path and where they point.
 */
export const lookScript = `
questions=$1
shift
while [ "$questions" -gt 0 ]; do
  questions=$((questions - 1)) what=$1 path=$2
  shift 2
  if [ ! -e "$path" ] && [ ! -L "$path" ]; then echo absent; continue; fi
  case $what in
    read)
      if [ -d "$path" ]; then echo 'error it is a directory'
      elif [ ! -e "$path" ]; then echo absent
      elif found=$(base64 -w0 < "$path" 2>&1); then echo "ok $found"
      else echo "error $found"; fi ;;
    sha256)
      if [ -d "$path" ]; then echo 'error it is a directory'
      elif [ ! -e "$path" ]; then echo absent
      elif found=$(sha256sum < "$path" 2>&1); then echo "ok $found"
      else echo "error $found"; fi ;;
    list)
      if [ ! -d "$path" ]; then echo 'error it is not a directory'
      else found=$(find "$path/" -mindepth 1 -maxdepth 1 -printf '%f\\0' | base64 -w0); echo "ok $found"; fi ;;
  esac
done
echo states
[ $# -gt 0 ] || exit 0
# Its exit code is 1 when a path is not there.
stat --printf='%f %s %U %G %i:%s:%z\\0%n\\0' -- "$@" || [ $? = 1 ] || exit 70
for path do
  [ ! -L "$path" ] || printf '\\0%s\\0%s\\0' "$path" "$(readlink -- "$path" | base64 -w0)"
done
exit 0`;

/**
 * Writes standard input to a neighbour of the file, checks that all of it came (a dropped connection looks like an end of
 * file), then renames it. A lost connection also takes away who would be told, so saying a word ends it by a signal; the neighbour
 * goes even then. Arguments: path, mode, owner, group, size in bytes, SHA-256 or "-".
 */
export const writeScript = `
set -eu
path=$1 mode=$2 owner=$3 group=$4 size=$5 digest=$6
folder=$(dirname -- "$path")
(umask 022 && mkdir -p -- "$folder")
umask 077
temporary=$(mktemp -- "$folder/.perimeter-XXXXXXXX")
trap 'rm -f -- "$temporary"' EXIT
trap 'exit 65' HUP PIPE TERM
cat > "$temporary"
found=$(stat -c %s -- "$temporary")
[ "$found" = "$size" ] || { echo "only $found of $size bytes arrived" >&2; exit 65; }
if [ "$digest" != - ]; then
  found=$(sha256sum < "$temporary")
  [ "$found" = "$digest  -" ] || { echo "arrived with SHA-256 $found, sent was $digest" >&2; exit 65; }
fi
chown -- "$owner:$group" "$temporary"
chmod -- "$mode" "$temporary"
sync -- "$temporary"
mv -fT -- "$temporary" "$path"
trap - EXIT
sync -- "$folder"`;

/** Arguments: path, mode, owner, group; a "-" leaves that attribute alone. Makes parents with 0755. */
export const directoryScript = `
set -eu
(umask 022 && mkdir -p -- "$1")
[ "$3" = - ] || chown -- "$3" "$1"
[ "$4" = - ] || chgrp -- "$4" "$1"
[ "$2" = - ] || chmod -- "$2" "$1"`;

/** Arguments as for the directory script; the path must be there. Owner first: changing it drops set-id bits. */
export const attributesScript = `
set -eu
[ -e "$1" ] || { echo 'there is no such file' >&2; exit 65; }
[ "$3" = - ] || chown -- "$3" "$1"
[ "$4" = - ] || chgrp -- "$4" "$1"
[ "$2" = - ] || chmod -- "$2" "$1"`;

/** Arguments: path of the link, where it points. */
export const symlinkScript = `
set -eu
folder=$(dirname -- "$1")
(umask 022 && mkdir -p -- "$folder")
temporary=$(mktemp -u -- "$folder/.perimeter-XXXXXXXX")
ln -s -- "$2" "$temporary"
mv -fT -- "$temporary" "$1" || { rm -f -- "$temporary"; exit 65; }`;
