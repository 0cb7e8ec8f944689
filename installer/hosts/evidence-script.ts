/**
 * What tools print of a machine, word by word, for the evidence beside a captured model. Lines `tool NAME SHA256 PATH VERSION` and
 * `output NAME COMMAND TEXT`, the last word of the one and the last two of the other as base64. Reads only; each tool has five seconds.
 * lsblk is not even asked for serial numbers, dmidecode not for the tables in which vendors keep keys and addresses.
 */
export const evidenceScript = `
have() { command -v "$1" > /dev/null 2>&1; }
packed() { base64 -w0; }
tool() {
  path=$(command -v "$1")
  printf 'tool %s %s %s %s\\n' "$1" "$(sha256sum < "$path" | cut -c 1-64)" "$path" "$("$1" --version 2> /dev/null | head -n 1 | packed)"
}
shown() {
  name=$1
  printf 'output %s %s %s\\n' "$name" "$(printf '%s' "$*" | packed)" "$(timeout 5 "$@" 2> /dev/null | packed)"
}
disks=$(lsblk -dnro NAME,TYPE 2> /dev/null | while read -r name type; do [ "$type" != disk ] || echo "$name"; done)
if have lsblk; then tool lsblk; shown lsblk -Jbo NAME,TYPE,SIZE,ROTA,RM,RO,MODEL,VENDOR,TRAN,HCTL,LOG-SEC,PHY-SEC; fi
if have dmidecode; then tool dmidecode; shown dmidecode -t 0,1,2,3,4,16,17; fi
if have smartctl; then
  tool smartctl
  for name in $disks; do
    case $name in zram*|ram*|loop*|nbd*) ;; *) shown smartctl -j -i -H -A "/dev/$name";; esac
  done
fi
if have ethtool; then
  tool ethtool
  for path in /sys/class/net/*; do
    [ -e "$path/device" ] || continue
    shown ethtool -i "\${path##*/}"
    shown ethtool "\${path##*/}"
  done
fi`;
