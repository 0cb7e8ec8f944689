#!/bin/sh
# Runs one lab host until it is switched off. A reboot asked for inside the host boots it again.
# usage: host-runner.sh MACHINE ROOT BRIDGE v1|v2 CGROUP_FOLDER...
set -eu
machine=$1 root=$2 bridge=$3 cgroups=$4
shift 4
init=

export SYSTEMD_NSPAWN_API_VFS_WRITABLE=yes
if [ "$cgroups" = v1 ]; then
  export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=0
  # systemd from 256 on wants to be told twice that there is nothing newer.
  init=SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1
  for folder in "$@"; do
    echo $$ > "$folder/cgroup.procs"
  done
else
  # A folder that hands controllers down may hold no process itself, so this script and the host each get one below it.
  mkdir -p "$1/runner" "$1/host"
  echo $$ > "$1/runner/cgroup.procs"
  for controller in $(cat "$1/cgroup.controllers"); do
    echo "+$controller" > "$1/cgroup.subtree_control"
  done
  set -- "$1/host"
fi

modules=
if [ -d /lib/modules ]; then
  modules=--bind-ro=/lib/modules # a node may ask for kernel modules; they are the machine's
fi

status=133 # what systemd-nspawn exits with when its host asks for a reboot
while [ "$status" -eq 133 ]; do
  for folder in "$@"; do
    find "$folder" -mindepth 1 -depth -type d -exec rmdir {} + 2> /dev/null || true
  done
  if [ "$cgroups" = v2 ]; then
    # It handed controllers down for the last boot and would take no process any more.
    rmdir "$1"
    mkdir "$1"
  fi
  status=0
  # Without CAP_SYS_TIME: the clock is the machine's, too.
  sh -eu -c 'echo $$ > "$1/cgroup.procs"; shift; exec systemd-nspawn "$@"' enter "$1" \
    --register=no --keep-unit --machine="$machine" --directory="$root" --boot \
    --network-bridge="$bridge" --capability=all --drop-capability=CAP_SYS_TIME \
    --bind=/dev/kmsg --bind=/dev/fuse $modules \
    --system-call-filter="@keyring bpf perf_event_open" \
    --resolv-conf=off --timezone=off --link-journal=no --console=read-only $init < /dev/null || status=$?
done
