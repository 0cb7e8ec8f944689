import { askPerl } from './ask-script.ts';
import { routersPerl } from './probe-routers-script.ts';

/**
 * Looks for a way out that must not exist: asks addresses outside, looks for routers on the way to them, asks the host's own resolver for
 * a name that nobody has, and asks proxies that settings of the host name for the way out. Arguments: addresses with commas, then what
 * the ask script takes. Prints what that and the routers script print, `name resolved|unknown|silent|untried`, and
 * `proxy HOST:PORT WORD` with the code of its answer, open, silent or untried. Of the settings only host and port are taken: the rest may
 * hold a password.
 */
export const probeOutsideScript = `addresses=$1; shift
if command -v perl > /dev/null; then
  perl -e '${askPerl}' "$@" &
  perl -e '${routersPerl}' $(echo "$addresses" | tr , ' ') &
else echo 'lacks perl'; fi
timeout 5 getent ahostsv4 perimeter-probe.invalid > /dev/null 2>&1
case $? in 0) echo 'name resolved';; 2) echo 'name unknown';; 124) echo 'name silent';; *) echo 'name untried';; esac
{
  cat /etc/environment /etc/default/kubelet /etc/systemd/system.conf /etc/systemd/system.conf.d/* 2> /dev/null | grep -v '^ *#'
  timeout 5 systemctl show-environment 2> /dev/null
  timeout 5 apt-config dump 2> /dev/null
} | grep -Ei '(https?|all)(_|::)proxy' | sed -nE 's#.*[a-z]+://([^@/"]*@)?([A-Za-z0-9._-]+):([0-9]+).*#\\2 \\3#p' | sort -u | head -n 4 | while read -r host port; do
  command -v bash > /dev/null || { echo "proxy $host:$port untried"; continue; }
  # Whoever hangs up in the middle of the question has answered, too.
  code=$(timeout 5 bash -c 'exec 3<> "/dev/tcp/$0/$1" || exit 0; trap "" PIPE
    printf "CONNECT %s:443 HTTP/1.1\\r\\nHost: %s:443\\r\\n\\r\\n" "$2" "$2" >&3
    IFS=" " read -r -t 3 protocol code rest <&3; case $protocol in HTTP/*) echo "$code";; *) echo open;; esac' "$host" "$port" "\${addresses%%,*}" 2> /dev/null)
  echo "proxy $host:$port \${code:-silent}"
done
wait`;
