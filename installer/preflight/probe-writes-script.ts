/**
 * How long the disk below /var/lib takes until a small write is safe, in the way etcd writes: 2300 bytes and fdatasync, again and
 * again. By fio where it is there, by the same loop in Perl otherwise. The file has no name while it is written (fio's is removed),
 * so nothing stays. Prints `writes COLLECTOR P99_NANOSECONDS COUNT`.
 */
const perl = `use strict; use Time::HiRes qw(time); my $call = {x86_64 => 75, aarch64 => 83}->{(POSIX::uname())[4]} or exit 0;
my $path = "/var/lib/.perimeter-writes-$$"; open(my $f, "+>", $path) or exit 0; unlink $path;
my ($text, $end, @took) = ("x" x 2300, time + 3); while (@took < 1500 && time < $end) {
  my $start = time; syswrite($f, $text) == 2300 or exit 0; syscall($call, fileno($f)) == 0 or exit 0; push @took, time - $start; }
@took = sort { $a <=> $b } @took; exit 0 if @took < 100;
printf "writes perl %d %d\\n", $took[int(@took * 0.99)] * 1e9, scalar @took;`;

export const probeWritesScript = `if command -v fio > /dev/null; then
  directory=$(mktemp -d /var/lib/.perimeter-writes-XXXXXX); trap 'rm -rf "$directory"' EXIT INT TERM
  fio --name=etcd --directory="$directory" --rw=write --ioengine=sync --size=22m -bs=2300 --fdatasync=1 --output-format=json 2> /dev/null |
    tr -d '\\n' | sed -n 's/.*"sync" *: *{.*"99.000000" *: *\\([0-9]*\\).*/writes fio \\1 10000/p'
elif command -v perl > /dev/null; then perl -MPOSIX -e '${perl}'; fi`;
