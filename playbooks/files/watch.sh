#!/bin/sh
# Watches what is declared on this node, without the installer. Needs a shell, coreutils, findutils, awk and systemd.
#   watch look            state of everything in the list, one line each: class, kind, name, value, parted by tabs, sorted
#   watch differences     where that differs from the baseline: class, kind, name, wanted, found, first seen, last seen as declared,
#                         changed (seconds since 1970, or "-"), last log-in before that
#   watch check           writes the differences down, tells the journal what is new, and the cluster by a condition of the node
#   watch record          takes baseline.new as the baseline, and keeps copies of its files, to put back
#   watch put-back PATH   the file as it was recorded
#   watch aside PATH      moves a file that nobody declared out of the way, and prints where to
# The list (class, kind, name, and the node's own name): file, tree (all below a folder), keys (authorised keys of every account), sysctl, unit, package,
# module, mount, user, group.
set -eu
umask 077
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
state=${PERIMETER_WATCH:-/var/lib/perimeter/watch}
list=$state/list
tab=$(printf '\t')

names_of() {
  awk -F '\t' -v kind="$1" '$2 == kind { print $3 }' "$list"
}

# class<tab>path of every file to look at; a path that is listed twice belongs to the class that was named first.
paths() {
  while IFS=$tab read -r class kind name; do
    case $kind in
      file) printf '%s\t%s\n' "$class" "$name" ;;
      tree) find "$name" -mindepth 1 ! -type d 2>/dev/null | sort | sed "s|^|$class$tab|" || true ;;
      keys)
        getent passwd | cut -d : -f 6 | sort -u | while read -r home; do
          for file in "$home/.ssh/authorized_keys" "$home/.ssh/authorized_keys2"; do
            [ ! -e "$file" ] || printf '%s\t%s\n' "$class" "$file"
          done
        done
        ;;
    esac
  done < "$list" | awk -F '\t' '!seen[$2]++'
}

# Large files are only read again when their inode, size or time of change is another one.
remembered() {
  cat "$state/large" 2>/dev/null || true
}

large_files() {
  remembered > "$1/known"
  awk -F '\t' -v known="$1/known" '
    BEGIN { while ((getline line < known) > 0) { split(line, part, "\t"); sum[part[1] "\t" part[2]] = part[3] } }
    $2 == "regular file" && $5 >= 1048576 {
      key = $1 "\t" $5 "." $6
      print (key in sum ? sum[key] : "-") "\t" key
    }' "$1/status" | while IFS=$tab read -r sum path stamp; do
    [ "$sum" != - ] || sum=$(sha256sum < "$path" | cut -d ' ' -f 1) || continue
    printf '%s\t%s\t%s\n' "$path" "$stamp" "$sum"
  done
}

file_values() {
  work=$1
  paths > "$work/paths"
  cut -f 2 "$work/paths" | xargs -r -d '\n' stat --printf '%n\t%F\t%a\t%U:%G\t%s\t%i.%.9Z\n' -- > "$work/status" 2>/dev/null || true
  sed -i "s/${tab}regular empty file$tab/${tab}regular file$tab/" "$work/status"
  large_files "$work" > "$work/large"
  awk -F '\t' '$2 == "regular file" && $5 < 1048576 { print $1 }' "$work/status" |
    xargs -r -d '\n' sha256sum -- 2>/dev/null | sed 's/^\([0-9a-f]*\)  \(.*\)$/\2\t-\t\1/' > "$work/small" || true
  awk -F '\t' '$2 == "symbolic link" { print $1 }' "$work/status" | while read -r path; do
    printf '%s\t-\t%s\n' "$path" "$(readlink -- "$path")"
  done > "$work/links"
  cat "$work/large" "$work/small" > "$work/sums"
  awk -F '\t' -v sums="$work/sums" -v links="$work/links" -v status="$work/status" '
    BEGIN {
      while ((getline line < sums) > 0) { split(line, part, "\t"); sum[part[1]] = part[3] }
      while ((getline line < links) > 0) { split(line, part, "\t"); target[part[1]] = part[3] }
      while ((getline line < status) > 0) {
        split(line, part, "\t")
        path = part[1]
        if (part[2] == "regular file") value[path] = "sha256:" sum[path] " " part[3] " " part[4]
        else if (part[2] == "symbolic link") value[path] = "points to " target[path]
        else value[path] = part[2] " " part[3] " " part[4]
      }
    }
    { print $1 "\tfile\t" $2 "\t" ($2 in value ? value[$2] : "absent") }' "$work/paths"
}

unit_values() {
  names_of unit | while read -r name; do
    systemctl show --property ActiveState,UnitFileState -- "$name" 2>/dev/null | awk -F = -v name="$name" '
      { value[$1] = $2 }
      END {
        # Between two states counts as the one it goes to, or every restart would be a difference.
        running = value["ActiveState"] ~ /^(active|activating|reloading)$/ ? "running" : value["ActiveState"]
        print name "\t" running (value["UnitFileState"] == "" ? "" : ", " value["UnitFileState"])
      }'
  done
}

package_values() {
  names_of package | xargs -r dpkg-query --show --showformat='${Package}\t${db:Status-Status} ${Version}\n' 2>/dev/null || true
}

kernel_values() {
  names_of sysctl | while read -r name; do
    case $name in */*) path=$name ;; *) path=$(printf '%s' "$name" | tr . /) ;; esac
    [ ! -e "/proc/sys/$path" ] || printf '%s\t%s\n' "$name" "$(tr -s '\t ' ' ' < "/proc/sys/$path" | sed 's/ $//')"
  done
}

module_values() {
  names_of module | while read -r name; do
    [ ! -d "/sys/module/$(printf '%s' "$name" | tr - _)" ] || printf '%s\tloaded\n' "$name"
  done
}

mount_values() {
  names_of mount | while read -r name; do
    awk -v path="$name" '$2 == path { value = $3 " of " $1 } END { if (value != "") print path "\t" value }' /proc/mounts
  done
}

account_values() {
  names_of "$1" | while read -r name; do
    entry=$(getent "$2" "$name") && printf '%s\t%s\n' "$name" "$entry"
  done || true
}

values_of() {
  case $1 in
    unit) unit_values ;;
    package) package_values ;;
    sysctl) kernel_values ;;
    module) module_values ;;
    mount) mount_values ;;
    user) account_values user passwd ;;
    group) account_values group group ;;
  esac
}

look() {
  look_work=$(mktemp -d)
  {
    file_values "$look_work"
    for kind in unit package sysctl module mount user group; do
      values_of "$kind" > "$look_work/values"
      awk -F '\t' -v kind="$kind" -v values="$look_work/values" '
        BEGIN { while ((getline line < values) > 0) { at = index(line, "\t"); value[substr(line, 1, at - 1)] = substr(line, at + 1) } }
        $2 == kind && !seen[$3]++ { print $1 "\t" kind "\t" $3 "\t" ($3 in value ? value[$3] : "absent") }' "$list"
    done
  } | sort
  mv "$look_work/large" "$state/large" 2>/dev/null || true
  rm -rf "$look_work"
}

# class, kind, name, wanted, found, first seen, last seen as declared; times out of the last report as long as it says the same.
compare() {
  awk -F '\t' -v baseline="$state/baseline" -v report="$state/report" -v now="$(date +%s)" '
    BEGIN {
      while ((getline line < baseline) > 0) {
        split(line, part, "\t")
        if (part[1] != "epoch" && part[1] != "covers") { wanted[part[2] "\t" part[3]] = part[4]; class[part[2] "\t" part[3]] = part[1] }
      }
      checked = "-"
      while ((getline line < report) > 0) {
        fields = split(line, part, "\t")
        if (part[1] == "checked") checked = part[2]
        else if (fields >= 7) { first[part[2] "\t" part[3] "\t" part[5]] = part[6]; good[part[2] "\t" part[3] "\t" part[5]] = part[7] }
      }
    }
    function tell(class, key, wanted, found) {
      said = key "\t" found
      print class "\t" key "\t" wanted "\t" found "\t" (said in first ? first[said] : now) "\t" (said in first ? good[said] : checked)
    }
    {
      key = $2 "\t" $3
      found[key] = 1
      if (!(key in wanted)) { if ($4 != "absent") tell($1, key, "absent", $4) }
      else if (wanted[key] != $4) tell($1, key, wanted[key], $4)
    }
    END { for (key in wanted) if (!(key in found) && wanted[key] != "absent") tell(class[key], key, wanted[key], "absent") }' | sort
}

# When it was changed, as far as the system itself knows: a file that is gone has changed its folder.
changed_at() {
  case $1 in
    file) stat -c %Z -- "$2" 2>/dev/null || stat -c %Z -- "$(dirname "$2")" 2>/dev/null || echo - ;;
    unit)
      at=$(systemctl show --property StateChangeTimestamp --value -- "$2" 2>/dev/null)
      [ -z "$at" ] && echo - || date -d "$at" +%s 2>/dev/null || echo -
      ;;
    package)
      at=$(grep -hs " $2:" /var/log/dpkg.log | tail -n 1 | cut -d ' ' -f 1,2)
      [ -z "$at" ] && echo - || date -d "$at" +%s 2>/dev/null || echo -
      ;;
    *) echo - ;;
  esac
}

# From OpenSSH 9.8 on (Debian 13) a program of its own, sshd-session, says who was let in.
last_login() {
  journalctl --quiet --output short-iso --lines 1 --identifier sshd --identifier sshd-session --grep '^Accepted' --until "@$1" 2>/dev/null |
    sed -n 's/^\([^ ]*\) .*Accepted \([a-z-]*\) for \([^ ]*\) from \([^ ]*\) .*$/\3 from \4 (\2) at \1/p' || true
}

differences() {
  look | compare | while IFS=$tab read -r class kind name wanted found first good; do
    changed=$(changed_at "$kind" "$name")
    until=$changed
    [ "$until" != - ] || until=$first
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$class" "$kind" "$name" "$wanted" "$found" "$first" "$good" "$changed" "$(last_login "$until")"
  done
}

# Node Problem Detector's way: a condition that everyone sees who looks at the node. The kubelet may write it for its own node.
tell_cluster() {
  identity=/var/lib/kubelet/pki/kubelet-client-current.pem
  [ -e /etc/kubernetes/kubelet.conf ] && [ -e "$identity" ] || return 0
  time=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  if [ -s "$state/now" ]; then
    status=True reason=DriftFound
    message=$(cut -f 2,3 "$state/now" | tr '\t\n' ' ;' | tr -cd '[:alnum:] ;:./_@-' | cut -c 1-900)
  else
    status=False reason=AsDeclared message='Everything that is watched is as declared.'
  fi
  printf '{"status":{"conditions":[{"type":"Drifted","status":"%s","reason":"%s","message":"%s","lastHeartbeatTime":"%s","lastTransitionTime":"%s"}]}}' \
    "$status" "$reason" "$message" "$time" "$(cat "$state/turned" 2>/dev/null || echo "$time")" > "$state/condition"
  # Not kubectl: it reads what it patches first, which a kubelet may not.
  server=$(sed -n 's/^ *server: *//p' /etc/kubernetes/kubelet.conf)
  node=$(awk -F '\t' '$1 == "node" { print $3 }' "$list")
  curl --silent --show-error --fail --noproxy '*' --max-time 10 --output /dev/null --request PATCH \
    --cacert /etc/kubernetes/pki/ca.crt --cert "$identity" --header 'Content-Type: application/strategic-merge-patch+json' \
    --data @"$state/condition" "$server/api/v1/nodes/$node/status" || echo '<4>the cluster could not be told' >&2
}

check() {
  [ -e "$state/baseline" ] || return 0
  look | compare > "$state/now"
  [ -e "$state/report" ] || : > "$state/report"
  # What is new, and what is as declared again, each told once.
  cut -f 1-5 "$state/now" | sort > "$state/now.said"
  sed 1d "$state/report" | cut -f 1-5 | sort > "$state/before.said"
  comm -23 "$state/now.said" "$state/before.said" | while IFS=$tab read -r class kind name wanted found; do
    echo "<4>$kind $name is not as declared: wanted $wanted, found $found"
  done
  comm -13 "$state/now.said" "$state/before.said" | while IFS=$tab read -r class kind name wanted found; do
    echo "<5>$kind $name is no longer found as: $found"
  done
  [ -s "$state/now.said" ] && is=drifted || is=declared
  [ -s "$state/before.said" ] && was=drifted || was=declared
  [ "$is" = "$was" ] && [ -e "$state/turned" ] || date -u +%Y-%m-%dT%H:%M:%SZ > "$state/turned"
  { printf 'checked\t%s\n' "$(date +%s)"; cat "$state/now"; } > "$state/report.new"
  mv "$state/report.new" "$state/report"
  tell_cluster
  rm -f "$state/now" "$state/now.said" "$state/before.said"
}

# A file that is not as in the new baseline keeps its earlier copy: what somebody changed meanwhile is never what is put back.
record() {
  rm -rf "$state/copies.new"
  mkdir -p "$state/copies.new"
  look | awk -F '\t' -v baseline="$state/baseline.new" '
    BEGIN { while ((getline line < baseline) > 0) { split(line, part, "\t"); if (part[2] == "file") wanted[part[3]] = part[4] } }
    $2 == "file" && $4 != "absent" && $3 in wanted { print (wanted[$3] == $4 ? "" : "copies") "\t" $3 }' |
    while IFS= read -r line; do
      path=${line#*"$tab"}
      from=$path
      [ "${line%%"$tab"*}" = '' ] || from=$state/copies$path
      [ -e "$from" ] || [ -L "$from" ] || continue
      [ "$(stat -c %s -- "$from")" -lt 1048576 ] || continue
      mkdir -p "$state/copies.new$(dirname "$path")"
      cp -a -- "$from" "$state/copies.new$path"
    done
  rm -rf "$state/copies"
  mv "$state/copies.new" "$state/copies"
  mv "$state/baseline.new" "$state/baseline"
  check
}

# What reads a file only when it starts is told.
follow() {
  case $1 in
    /etc/systemd/* | /usr/local/lib/systemd/*) systemctl daemon-reload ;;
    /etc/containerd/*) systemctl try-restart containerd ;;
    /var/lib/kubelet/*) systemctl try-restart kubelet ;;
    /etc/ssh/*) systemctl try-reload-or-restart ssh ;;
  esac
}

put_back() {
  [ -e "$state/copies$1" ] || [ -L "$state/copies$1" ] || { echo "there is no copy of $1" >&2; exit 66; }
  mkdir -p -m 755 "$(dirname "$1")"
  rm -rf -- "$1.perimeter"
  cp -a -- "$state/copies$1" "$1.perimeter"
  mv -T -- "$1.perimeter" "$1"
  follow "$1"
}

# A unit that nobody declared is stopped first: its file alone is not what it does.
aside() {
  [ -e "$1" ] || [ -L "$1" ] || exit 0
  case $1 in
    /etc/systemd/system/*.wants/* | /etc/systemd/system/*.d/*) ;;
    /etc/systemd/system/* | /usr/local/lib/systemd/system/*) systemctl stop -- "${1##*/}" || true ;;
  esac
  place=$state/aside/$(date -u +%Y%m%dT%H%M%SZ)
  mkdir -p "$place$(dirname "$1")"
  mv -T -- "$1" "$place$1"
  follow "$1"
  echo "$place$1"
}

# The timer and an installer may come at the same time.
alone() {
  exec 9> "$state/lock"
  flock 9
  "$1"
}

case ${1:-} in
  look | differences) "$1" ;;
  check | record) alone "$1" ;;
  put-back) put_back "$2" ;;
  aside) aside "$2" ;;
  *) echo 'usage: watch look | differences | check | record | put-back PATH | aside PATH' >&2; exit 64 ;;
esac
