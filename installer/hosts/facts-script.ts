/**
 * Prints `key value` lines. The clock comes first and last, so that its uncertainty is known. Nothing is written; the memory
 * score is tried on a process that ends at once. The shell reads what it can by itself: on a small host, starting a program takes longer
 * than all that it is asked for here. What lies in /proc/sys it cannot: it reads byte by byte, and gets only the first.
 */
export const factsScript = `
say() { printf '%s %s\\n' "$1" "$2"; }
say clock "$(date +%s%N)"
(. /etc/os-release; say os.id "$ID"; say os.version "$VERSION_ID"; say os.name "$PRETTY_NAME")
set -- $(uname -nrm)
say hostname "$1"
say kernel "$2"
say architecture "$3"
# CAP_SYS_TIME is number 25.
capabilities=0
while read -r name value; do case $name in CapBnd:) capabilities=$value; break;; esac; done < /proc/1/status
if [ $(( 0x$capabilities >> 25 & 1 )) -eq 1 ]; then say setsClock yes; else say setsClock no; fi
read -r line < /proc/cmdline
say cmdline "$line"
if [ -e /etc/default/grub ] && command -v update-grub > /dev/null; then say grub yes; else say grub no; fi
say cores "$(nproc)"
while read -r name value unit; do case $name in MemTotal:) say memoryKib "$value"; break;; esac; done < /proc/meminfo
df -Pk /var/lib | { read -r titles; read -r device size used free rest; say diskFreeKib "$free"; }
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then say cgroup 2; else say cgroup 1; fi
read -r uptime idle < /proc/uptime
say uptime "$uptime"
say bootId "$(cat /proc/sys/kernel/random/boot_id)"
if [ -e /proc/modules ]; then say modules yes; else say modules no; fi
if [ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]; then say bridge yes; else say bridge no; fi
if (echo -500 > /proc/self/oom_score_adj) 2> /dev/null; then say oom yes; else say oom no; fi
if [ -d /etc/audit/rules.d ]; then say auditRules yes; else say auditRules no; fi
case $(auditctl -s 2> /dev/null) in 'enabled 0'*|'enabled 1'*) say auditOpen yes;; *) say auditOpen no;; esac
{ read -r titles; while read -r device rest; do say swap "$device"; done; } < /proc/swaps
cat /proc/net/tcp /proc/net/tcp6 2> /dev/null | while read -r slot local remote state rest; do
  case $state in 0A) say listen "\${local##*:}";; esac
done
{
  read -r titles
  while read -r device destination gateway flags count use metric mask rest; do say route "$destination $mask"; done
} < /proc/net/route
for path in /etc/kubernetes /var/lib/kubelet/config.yaml /var/lib/etcd /usr/bin/kubelet /usr/local/bin/kubelet \
  /etc/systemd/system/kubelet.service /lib/systemd/system/kubelet.service; do
  if [ -d "$path" ]; then [ -z "$(find "$path" -mindepth 1 -print -quit)" ] || say trace "$path"
  elif [ -e "$path" ]; then say trace "$path"; fi
done
if [ -e /var/lib/perimeter/site.json ]; then say marker "$(base64 -w0 < /var/lib/perimeter/site.json)"; fi
say clock "$(date +%s%N)"`;
