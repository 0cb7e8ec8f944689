#!/usr/bin/env bash
# What an administrator's own script does to make a cluster of three control planes with kubeadm, on hosts without a way out:
# copy an archive to each host, import the images, start containerd, init, join, join. The baseline of `npm run bench:install`.
#   plain-kubeadm.sh STAGE KEY KNOWN_HOSTS one-by-one|side-by-side ADDRESS...
set -euo pipefail
stage=$1 key=$2 known_hosts=$3 order=$4
shift 4
hosts=("$@")
first=${hosts[0]}
options=(-q -i "$key" -o "UserKnownHostsFile=$known_hosts")

on() { # ADDRESS: runs the script on standard input there, with the address as $1
  ssh "${options[@]}" "root@$1" bash -seu -- "$1"
}

prepare() {
  ssh "${options[@]}" "root@$1" mkdir -p /root/stage
  scp "${options[@]}" -r "$stage"/. "root@$1:/root/stage/"
  on "$1" <<'END'
cd /root/stage
DEBIAN_FRONTEND=noninteractive dpkg --force-unsafe-io -i debs/*.deb >/root/dpkg.log 2>&1
tar -xf node.tar -C /
cp -r files/. /
sysctl -q -e -p /etc/sysctl.d/90-plain.conf
ip route replace 10.96.0.0/16 dev "$(ip -o -4 addr show to "$1/32" | awk '{print $2}')"
systemctl daemon-reload
systemctl enable --now -q containerd kubelet
until ctr version >/dev/null 2>&1; do sleep 0.2; done
ctr -n k8s.io images import images.tar >/dev/null 2>&1
END
}

if [ "$order" = side-by-side ]; then
  pids=()
  for host in "${hosts[@]}"; do prepare "$host" & pids+=($!); done
  for pid in "${pids[@]}"; do wait "$pid"; done
else
  for host in "${hosts[@]}"; do prepare "$host"; done
fi

on "$first" <<'END'
kubeadm init --config=/root/stage/kubeadm.yaml --upload-certs --skip-phases=addon/coredns --ignore-preflight-errors=all >/root/init.log 2>&1 || { tail -n 20 /root/init.log >&2; exit 1; }
KUBECONFIG=/etc/kubernetes/admin.conf kubectl apply -f /root/stage/kube-router.yaml >/dev/null
END
join=$(on "$first" <<'END'
key=$(grep -o -m 1 'certificate-key [0-9a-f]*' /root/init.log | cut -d ' ' -f 2)
echo "$(kubeadm token create --print-join-command 2>/dev/null) --control-plane --certificate-key $key"
END
)
for host in "${hosts[@]:1}"; do
  on "$host" <<END
$join --apiserver-advertise-address=$host --ignore-preflight-errors=all >/root/join.log 2>&1 || { tail -n 20 /root/join.log >&2; exit 1; }
END
done
