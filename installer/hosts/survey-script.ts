import { factsScript } from './facts-script.ts';

/**
 * The long look at a host: everything that preflight judges and the catalogue recognises, in one command. Prints `key value` lines;
 * a line `@ name` says which collector the lines after it come from. What a machine does not tell is not printed; that a list which may
 * be empty could be read is told by a line `asked name`. Nothing is written, and no value of a proxy variable is told: it may hold a
 * password.
 */
export const surveyScript = `${factsScript}
say() { [ -z "$2" ] || printf '%s %s\\n' "$1" "$2"; }
by() { printf '@ %s\\n' "$1"; }
have() { command -v "$1" > /dev/null 2>&1; }
asked() { say asked "$1"; }
disks() { lsblk -nsro NAME,TYPE "$1" 2> /dev/null | while read -r name type; do [ "$type" != disk ] || echo "$name"; done | sort -u; }
# A shell reads /proc/sys byte by byte and gets only the first: cat reads it whole.
file() { [ ! -r "$2" ] || say "$1" "$(head -n 1 "$2" 2> /dev/null)"; }
field() { line=$(cat "$1" 2> /dev/null | tr ' ' _); printf '%s' "\${line:--}"; }

by proc
file init /proc/1/comm
file tainted /proc/sys/kernel/tainted
file pidMax /proc/sys/kernel/pid_max
file fileMax /proc/sys/fs/file-max
file inotifyInstances /proc/sys/fs/inotify/max_user_instances
file inotifyWatches /proc/sys/fs/inotify/max_user_watches
file overcommit /proc/sys/vm/overcommit_memory
file entropy /proc/sys/kernel/random/entropy_avail
file ipForward /proc/sys/net/ipv4/ip_forward
if [ -w /proc/sys/net/ipv4/ip_forward ]; then say ipForwardSettable yes; else say ipForwardSettable no; fi
file conntrackMax /proc/sys/net/netfilter/nf_conntrack_max
file load /proc/loadavg
say openFiles "$(ulimit -Hn)"
while read -r name value rest; do
  case $name in
    MemAvailable:) say memoryAvailableKib "$value";;
    HugePages_Total:) say hugePages "$value";;
    Hugepagesize:) say hugePageKib "$value";;
  esac
done < /proc/meminfo
while IFS=: read -r name value; do
  case $name in
    flags*) say cpuFlags "$(echo $value)"; break;;
    model\\ name*) say cpuModel "$(echo $value)";;
  esac
done < /proc/cpuinfo
grep '^microcode' /proc/cpuinfo | sort -u | while IFS=: read -r name value; do say microcode "$(echo $value)"; done
sockets=$(grep '^physical id' /proc/cpuinfo | sort -u | wc -l); [ "$sockets" = 0 ] || say sockets "$sockets"
while read -r name value; do case $name in Seccomp:) say seccomp "$value";; esac; done < /proc/self/status
file seccompActions /proc/sys/kernel/seccomp/actions_avail
for name in cgroup ipc mnt net pid user uts; do [ ! -e /proc/self/ns/$name ] || say namespace $name; done
while read -r first second; do case "$first $second" in *overlay|ext4*|xfs*) say filesystem "\${second:-$first}";; esac; done < /proc/filesystems
tail -n +2 /proc/cgroups 2> /dev/null | while read -r name hierarchy groups enabled; do [ "$enabled" != 1 ] || say controller "$name"; done
for name in $(cat /sys/fs/cgroup/cgroup.controllers 2> /dev/null); do say controller "$name"; done
while read -r device where kind options rest; do
  case $where in
    /|/var|/var/lib|/var/lib/containerd|/var/lib/etcd|/var/lib/perimeter|/usr|/usr/local|/opt|/run|/etc|/tmp) say mount "$where $kind $options";;
    /var/lib/kubelet/*) say kubeletMount "$where";;
  esac
done < /proc/mounts | sort -u
[ ! -r /proc/mounts ] || asked mounts
[ ! -r /proc/net/tcp ] || asked ports
[ ! -r /proc/net/route ] || asked routes
# A kernel that cannot swap has no such file.
[ -e /proc/swaps ] && [ ! -r /proc/swaps ] || asked swaps
grep -o '\\[[U_]*\\]' /proc/mdstat 2> /dev/null | while read -r state; do say raid "$state"; done
tail -n +2 /proc/net/route | while read -r device destination gateway rest; do [ "$destination" != 00000000 ] || say defaultDevice "$device"; done
while read -r to bits rest; do case "$to $bits \${rest##* }" in "00000000000000000000000000000000 00 lo") ;; "00000000000000000000000000000000 00"*) say defaultDevice6 "\${rest##* }";; esac; done < /proc/net/ipv6_route 2> /dev/null
held=$(stat -c %i /var/lib/dpkg/lock-frontend 2> /dev/null)
[ -z "$held" ] || ! grep -q ":$held " /proc/locks || say packageLock held
[ ! -r /proc/locks ] || asked locks

by sysfs
file cpusOnline /sys/devices/system/cpu/online
file cpusPresent /sys/devices/system/cpu/present
file governor /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor
for path in /sys/devices/system/cpu/cpu*/thermal_throttle/core_throttle_count; do file throttled "$path"; done
for path in /sys/devices/system/cpu/vulnerabilities/*; do
  case $(cat "$path" 2> /dev/null) in Vulnerable*) say vulnerable "\${path##*/}";; esac
done
[ ! -d /sys/devices/system/cpu/vulnerabilities ] || asked vulnerabilities
for path in /sys/devices/system/edac/mc/mc*; do
  [ -d "$path" ] || continue
  say edac "\${path##*/}"; file uncorrected "$path/ue_count"; file corrected "$path/ce_count"
done
for path in /sys/fs/ext4/*/errors_count; do file ext4Errors "$path"; done
for name in overlay br_netfilter nf_conntrack nf_tables ip_tables ip_set ip_vs vxlan bonding; do
  if [ -d /sys/module/$name ] || modprobe -nq $name 2> /dev/null; then say module $name; fi
done
! have modprobe || asked modules
file lsm /sys/kernel/security/lsm
file apparmor /sys/module/apparmor/parameters/enabled
file selinux /sys/fs/selinux/enforce
file rtcSeconds /sys/class/rtc/rtc0/since_epoch; say clockSeconds "$(date +%s)"
file tpm /sys/class/tpm/tpm0/tpm_version_major
if [ -d /sys/firmware/efi ]; then say firmware uefi; elif [ -d /sys/class/dmi/id ]; then say firmware bios; fi
say secureBoot "$(od -An -tu1 -j4 -N1 /sys/firmware/efi/efivars/SecureBoot-* 2> /dev/null | tr -d ' ')"
[ ! -e /dev/ipmi0 ] || say bmc ipmi
for path in /sys/devices/platform/ipmi_bmc*/firmware_revision; do file bmcFirmware "$path"; done
for one in system.manufacturer=sys_vendor system.model=product_name system.sku=product_sku system.serial=product_serial \\
  system.uuid=product_uuid board.manufacturer=board_vendor board.model=board_name board.serial=board_serial \\
  chassis.serial=chassis_serial chassis.type=chassis_type bios.vendor=bios_vendor bios.version=bios_version bios.date=bios_date; do
  file "\${one%%=*}" "/sys/class/dmi/id/\${one#*=}"
done
for path in /sys/class/net/*; do
  [ -e "$path/address" ] || continue
  kind=virtual; [ ! -e "$path/device" ] || kind=physical
  driver=$(readlink "$path/device/driver" 2> /dev/null); driver=\${driver##*/}
  say nic "\${path##*/} $(field $path/address) $(field $path/mtu) $(field $path/operstate) $(field $path/carrier) $(field $path/speed) $(field $path/duplex) $(field $path/statistics/rx_errors) $(field $path/statistics/tx_errors) $(field $path/statistics/rx_packets) $kind \${driver:--}"
done

# What /sys does not tell of a real interface: its firmware, and speed and driver where the driver keeps them to itself.
by ethtool
if have ethtool; then
  for path in /sys/class/net/*; do
    [ -e "$path/device" ] || continue
    name=\${path##*/}
    timeout 5 ethtool -i "$name" 2> /dev/null | while IFS=: read -r key value; do
      case $key in
        driver) [ -e "$path/device/driver" ] || say linkDriver "$name $(echo $value)";;
        firmware-version) say linkFirmware "$name $(echo $value)";;
      esac
    done
    case $(field "$path/speed") in
      -|0|*[!0-9]*) timeout 5 ethtool "$name" 2> /dev/null | while IFS=: read -r key value; do
        case $key in *Speed) case $value in *[0-9]Mb/s) value=$(echo $value); say linkSpeed "$name \${value%Mb/s}";; esac;; esac
      done;;
    esac
  done
fi

by lsblk
if have lsblk; then
  say lsblk "$(lsblk -Jbo NAME,KNAME,TYPE,SIZE,ROTA,RM,RO,MODEL,SERIAL,WWN,HCTL,VENDOR,TRAN,FSTYPE,MOUNTPOINT 2> /dev/null | base64 -w0)"
  for path in /dev/disk/by-path/* /dev/disk/by-id/*; do
    case $path in *-part[0-9]*) continue;; esac
    target=$(readlink -f "$path" 2> /dev/null); [ ! -b "$target" ] || say diskLink "\${target##*/} $path"
  done
  if have udevadm; then
    for name in $(lsblk -dnro NAME,TYPE | while read -r name type; do [ "$type" != disk ] || echo "$name"; done); do
      wwn=-; extended=-; vendor=-
      while IFS== read -r key value; do
        case $key in ID_WWN) wwn=$value;; ID_WWN_WITH_EXTENSION) extended=$value;; ID_WWN_VENDOR_EXTENSION) vendor=$value;; esac
      done << EOF
$(udevadm info -q property -n "/dev/$name" 2> /dev/null)
EOF
      [ "$wwn$extended$vendor" = --- ] || say wwn "$name $wwn $extended $vendor"
    done
  fi
  # Which disks carry a place; for etcd only once it has a file system of its own.
  for one in 'rootDisk -T /' 'dataDisk -T /var/lib' 'etcdDisk -M /var/lib/etcd'; do
    source=$(findmnt -no SOURCE \${one#* } 2> /dev/null)
    case $source in /dev/*) for name in $(disks "\${source%%\\[*}"); do say "\${one%% *}" "$name"; done;; esac
  done
fi

by df
say data "$(df -PkT /var/lib | tail -n 1 | { read -r device kind size used free rest; echo "$kind $size $free"; })"
say inodes "$(df -Pi /var/lib | tail -n 1 | { read -r device all used free rest; echo "$all $free"; })"

by dmidecode
if have dmidecode; then
  for one in system.manufacturer=system-manufacturer system.model=system-product-name system.serial=system-serial-number \\
    system.uuid=system-uuid bios.version=bios-version; do
    say "\${one%%=*}" "$(dmidecode -qs "\${one#*=}" 2> /dev/null | grep -v '^#' | head -n 1)"
  done
  dmidecode -qt 17 2> /dev/null | while IFS=: read -r name value; do case $name in *Size) case $value in *[MG]B) say dimm "$(echo $value)";; esac;; esac; done
  dmidecode -qt 16 2> /dev/null | while IFS=: read -r name value; do case $name in *"Error Correction Type") say ecc "$(echo $value)";; esac; done
fi

by smartctl
if have smartctl; then
  for name in $(lsblk -dnro NAME,TYPE 2> /dev/null | while read -r name type; do [ "$type" != disk ] || echo "$name"; done); do
    case $name in zram*|ram*|loop*) continue;; esac
    say smart "$name $(timeout 10 smartctl -j -i -H -A "/dev/$name" 2> /dev/null | base64 -w0)"
  done
fi

by system
file machineId /etc/machine-id
say virtualisation "$(systemd-detect-virt 2> /dev/null)"
say container "$(systemd-detect-virt -c 2> /dev/null)"
say systemState "$(timeout 5 systemctl is-system-running 2> /dev/null)"
# A systemd that does not answer in time, or is not there, has not said that there is none.
if units=$(timeout 5 systemctl list-units --plain --no-legend --state=failed 2> /dev/null); then
  asked failedUnits; printf '%s\\n' "$units" | while read -r unit rest; do say failedUnit "$unit"; done
fi
if units=$(timeout 5 systemctl list-units --all --plain --no-legend --state=active chrony.service chronyd.service systemd-timesyncd.service \\
  ntp.service ntpsec.service ntpd.service docker.service containerd.service crio.service podman.service k3s.service k3s-agent.service \\
  rke2-server.service rke2-agent.service kubelet.service ufw.service firewalld.service nftables.service unattended-upgrades.service \\
  apt-daily-upgrade.timer multipathd.service snapd.service nomad.service 2> /dev/null); then
  asked units; printf '%s\\n' "$units" | while read -r unit rest; do say activeUnit "$unit"; done
fi
if values=$(timeout 5 systemctl show-environment 2> /dev/null); then
  asked environment
  printf '%s\\n' "$values" | while IFS== read -r name value; do case $name in *_proxy|*_PROXY) say proxy "systemd $name";; esac; done
fi
for path in /etc/environment /etc/default/kubelet /etc/systemd/system.conf /etc/systemd/system.conf.d/* /etc/apt/apt.conf /etc/apt/apt.conf.d/*; do
  [ ! -f "$path" ] || ! grep -Eiq '^[^#]*(https?|all)(_|::)proxy' "$path" || say proxy "$path"
done
[ ! -e /run/reboot-required ] || say rebootRequired yes
[ -z "$(ls -A /var/lib/dpkg/updates 2> /dev/null)" ] || say packagesInterrupted yes
if audit=$(dpkg --audit 2> /dev/null) || [ -n "$audit" ]; then
  asked packages; printf '%s\\n' "$audit" | grep '^ ' | while read -r name rest; do say brokenPackage "$name"; done
fi
for name in bash dmidecode ethtool findmnt fio getent ip iptables-save lsblk nft perl ping smartctl systemctl timedatectl; do
  ! have $name || say has $name
done
for name in tar sha256sum base64 stat df mount modprobe sysctl systemctl dpkg ip find mktemp; do have $name || say lacks $name; done
for name in docker dockerd podman crio nerdctl containerd k3s rke2 microk8s k0s nomad; do ! have $name || say engine $name; done
for path in /var/lib/docker /var/lib/containers /var/lib/containerd /var/lib/rancher /var/lib/k0s /var/snap/microk8s /var/lib/cni; do
  [ -z "$(ls -A $path 2> /dev/null)" ] || say engineData "$path"
done
for path in /etc/cni/net.d/*; do [ ! -e "$path" ] || say cni "$path"; done
[ -z "$(ls -A /var/lib/perimeter 2> /dev/null)" ] || say ownFiles /var/lib/perimeter
if have iptables-save && rules=$(iptables-save 2> /dev/null); then
  say kubeRules "$(printf '%s\\n' "$rules" | grep -c '^:KUBE-')"
  drops=$(printf '%s\\n' "$rules" | grep -c '^:INPUT DROP')
fi
if have nft && rules=$(nft list ruleset 2> /dev/null); then drops=$((\${drops:-0} + $(printf '%s\\n' "$rules" | grep -cE 'hook input.*policy drop'))); fi
say dropRules "\${drops:-}"
grep -Eq '^127\\.0\\.0\\.1.*localhost' /etc/hosts && say localhost yes
while read -r word value rest; do case $word in nameserver) say nameserver "$value";; esac; done < /etc/resolv.conf 2> /dev/null
if have timedatectl; then timeout 5 timedatectl show -p CanNTP -p NTPSynchronized 2> /dev/null | while IFS== read -r name value; do say "$name" "$value"; done; fi
if have ip; then ip -o -4 addr show 2> /dev/null | while read -r number device family address rest; do say address "$device $address"; done; fi
say surveyed yes
asked files
say clock "$(date +%s%N)"`;
