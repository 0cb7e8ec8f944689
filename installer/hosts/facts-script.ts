/**
 * Prints `key value` lines. The clock comes first and last, so that its uncertainty is known. Nothing is written; the memory
 * score is tried on a process that ends at once.
 */
export const factsScript = `
say() { printf '%s %s\\n' "$1" "$2"; }
say clock "$(date +%s%N)"
(. /etc/os-release; say os.id "$ID"; say os.version "$VERSION_ID"; say os.name "$PRETTY_NAME")
say kernel "$(uname -r)"
# CAP_SYS_TIME is number 25.
capabilities=$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/1/status)
if [ $(( 0x\${capabilities:-0} >> 25 & 1 )) -eq 1 ]; then say setsClock yes; else say setsClock no; fi
say cmdline "$(cat /proc/cmdline)"
if [ -e /etc/default/grub ] && command -v update-grub > /dev/null; then say grub yes; else say grub no; fi
say architecture "$(uname -m)"
say hostname "$(uname -n)"
say cores "$(nproc)"
while read -r name value unit; do case $name in MemTotal:) say memoryKib "$value";; esac; done < /proc/meminfo
say diskFreeKib "$(df -Pk /var/lib | tail -n 1 | { read -r device size used free rest; echo "$free"; })"
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then say cgroup 2; else say cgroup 1; fi
say uptime "$(cut -d ' ' -f 1 /proc/uptime)"
say bootId "$(cat /proc/sys/kernel/random/boot_id)"
if [ -e /proc/modules ]; then say modules yes; else say modules no; fi
if [ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]; then say bridge yes; else say bridge no; fi
if sh -c 'echo -500 > /proc/self/oom_score_adj' 2> /dev/null; then say oom yes; else say oom no; fi
if [ -d /etc/audit/rules.d ]; then say auditRules yes; else say auditRules no; fi
case $(auditctl -s 2> /dev/null) in 'enabled 0'*|'enabled 1'*) say auditOpen yes;; *) say auditOpen no;; esac
tail -n +2 /proc/swaps | while read -r device rest; do say swap "$device"; done
cat /proc/net/tcp /proc/net/tcp6 2> /dev/null | while read -r slot local remote state rest; do
  case $state in 0A) say listen "\${local##*:}";; esac
done
tail -n +2 /proc/net/route | while read -r device destination gateway flags count use metric mask rest; do
  say route "$destination $mask"
done
for path in /etc/kubernetes /var/lib/kubelet/config.yaml /var/lib/etcd /usr/bin/kubelet /usr/local/bin/kubelet \
  /etc/systemd/system/kubelet.service /lib/systemd/system/kubelet.service; do
  if [ -d "$path" ]; then [ -z "$(find "$path" -mindepth 1 -print -quit)" ] || say trace "$path"
  elif [ -e "$path" ]; then say trace "$path"; fi
done
if [ -e /var/lib/perimeter/site.json ]; then say marker "$(base64 -w0 < /var/lib/perimeter/site.json)"; fi
say clock "$(date +%s%N)"`;
