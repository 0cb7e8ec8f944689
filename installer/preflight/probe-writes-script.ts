/**
 * How long a disk takes until a small write is safe, in the way etcd writes: 2300 bytes and fdatasync, again and again. By fio where it is
 * there, by the same loop in Perl otherwise. The file has no name while it is written (fio's is removed), so nothing stays. Arguments:
 * the folder, or else the nearest above it that is there; how many seconds at most. Prints `place FOLDER`, and either `fio BASE64` with
 * what fio found, or `perl P99_NANOSECONDS COUNT`.
 */
const perl = `use strict; use Time::HiRes qw(time); my $call = {x86_64 => 75, aarch64 => 83}->{(POSIX::uname())[4]} or exit 0;
my ($place, $seconds) = @ARGV; my $path = "$place/.perimeter-writes-$$"; open(my $f, "+>", $path) or exit 0; unlink $path;
my ($text, $end, @took) = ("x" x 2300, time + $seconds); while (@took < 1500 && time < $end) {
  my $start = time; syswrite($f, $text) == 2300 or exit 0; syscall($call, fileno($f)) == 0 or exit 0; push @took, time - $start; }
@took = sort { $a <=> $b } @took;
printf "perl %d %d\\n", $took[int(@took * 0.99)] * 1e9, scalar @took;`;

export const probeWritesScript = `place=$1 seconds=$2
while [ ! -d "$place" ]; do place=$(dirname -- "$place"); done
echo "place $place"
if command -v fio > /dev/null && directory=$(mktemp -d "$place/.perimeter-writes-XXXXXX"); then
  trap 'rm -rf -- "$directory"' EXIT INT TERM
  found=$(fio --name=etcd --directory="$directory" --rw=write --ioengine=sync --size=22m --bs=2300 --fdatasync=1 --runtime="$seconds" \\
    --output-format=json 2> /dev/null | base64 -w0)
  [ -z "$found" ] || { echo "fio $found"; exit 0; }
fi
if command -v perl > /dev/null; then perl -MPOSIX -e '${perl}' "$place" "$seconds"
else echo 'lacks perl'; fi`;
