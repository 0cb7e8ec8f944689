/**
 * What the audit log of a host has about some files. Arguments: seconds since 1970 before which nothing matters or "-", and the log that
 * must be readable. Standard input: paths, one a line. Prints `inode NUMBER PATH` of these files and of their folders, `user NUMBER
 * NAME` of the accounts, then, as they stand in the log, all records of every event that touched a file of such a name. Prints nothing
 * where there is no such log. Only reads, for half a minute at most, and keeps the latest megabyte.
 */
export const auditScript = `
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
[ -r "$2" ] && command -v ausearch > /dev/null || exit 0
paths=$(cat)
printf '%s\\n' "$paths" | sed 'p; s|/[^/]*$||' | sort -u | xargs -r -d '\\n' stat -c 'inode %i %n' -- 2> /dev/null
awk -F : '{ print "user " $3 " " $1 }' /etc/passwd
# ausearch reads dates as date writes them, so long as both speak one language.
since=
[ "$1" = - ] || since=$(date -d "@$1" '+--start %x %X')
{
  printf '%s\\n\\n' "$paths"
  # Without --input-logs it would read standard input where that is no terminal.
  timeout 30 ausearch --input-logs --raw --success yes $since < /dev/null 2> /dev/null
} | awk '
  function tell() { if (concerned) printf "%s", records; records = ""; concerned = 0 }
  !listed { if ($0 == "") listed = 1; else { sub(/.*\\//, ""); wanted[$0] = 1 } next }
  match($0, /msg=audit\\([0-9.:]+\\)/) {
    id = substr($0, RSTART, RLENGTH)
    if (id != event) { tell(); event = id }
    records = records $0 "\\n"
    if (!/type=PATH / || !match($0, / name=[^ ]+/)) next
    name = substr($0, RSTART + 6, RLENGTH - 6)
    # A name without quotes is written in hexadecimal: whoever asked finds out whose it is.
    if (name !~ /^"/) { if (name != "(null)") concerned = 1; next }
    gsub(/"/, "", name)
    sub(/.*\\//, "", name)
    if (name in wanted) concerned = 1
  }
  END { tell() }' | tail -c 1000000`;
