/**
 * Looks for a way out that must not exist: TCP connections to web and name ports of addresses that belong to nobody, name
 * questions sent to them and to the host's own name servers, and the host's resolver itself. Arguments: addresses. Prints
 * `tcp address port word`, `dns address word`, `name word`; words: open, answered, refused, silent, unreachable, unknown.
 */
const perl = `use strict; use Socket; use Errno qw(EINPROGRESS ECONNREFUSED ENETUNREACH EHOSTUNREACH); use Fcntl; use Time::HiRes qw(time);
my $limit = 2; my @waiting;
for my $address (@ARGV) { for my $port (443, 80, 53) {
  socket(my $s, PF_INET, SOCK_STREAM, 6) or next; fcntl($s, F_SETFL, O_NONBLOCK);
  if (connect($s, sockaddr_in($port, inet_aton($address)))) { print "tcp $address $port open\\n"; next; }
  if ($! != EINPROGRESS) { print "tcp $address $port ", $! == ECONNREFUSED ? "refused" : "unreachable", "\\n"; next; }
  push @waiting, [$s, "tcp $address $port", 1]; } }
my @servers; if (open(my $f, "<", "/etc/resolv.conf")) { while (<$f>) { push @servers, $1 if /^nameserver\\s+([0-9.]+)/; } }
my $question = pack("n6", 4711, 256, 1, 0, 0, 0) . join("", map { pack("C/a*", $_) } "perimeter-probe", "invalid", "") . pack("n2", 1, 1);
for my $address (@ARGV, @servers) {
  socket(my $s, PF_INET, SOCK_DGRAM, 17) or next; fcntl($s, F_SETFL, O_NONBLOCK);
  if (!connect($s, sockaddr_in(53, inet_aton($address))) || !defined(send($s, $question, 0))) { print "dns $address unreachable\\n"; next; }
  push @waiting, [$s, "dns $address", 0]; }
my $end = time + $limit;
while (@waiting && (my $left = $end - time) > 0) {
  my ($r, $w) = ("", ""); for (@waiting) { if ($_->[2]) { vec($w, fileno($_->[0]), 1) = 1 } else { vec($r, fileno($_->[0]), 1) = 1 } }
  last unless select($r, $w, undef, $left); my @still;
  for (@waiting) { my ($s, $what, $tcp) = @$_;
    if ($tcp && vec($w, fileno($s), 1)) { my $e = unpack("i", getsockopt($s, SOL_SOCKET, SO_ERROR));
      print "$what ", $e == 0 ? "open" : $e == ECONNREFUSED ? "refused" : "unreachable", "\\n"; }
    elsif (!$tcp && vec($r, fileno($s), 1)) { my $got = recv($s, my $buffer, 512, 0);
      if (!defined $got) { print "$what unreachable\\n"; next; }
      my (undef, $flags, undef, $answers) = unpack("n4", $buffer); print "$what ", ($flags & 15) == 0 && $answers > 0 ? "resolved" : "answered", "\\n"; }
    else { push @still, $_ } }
  @waiting = @still; }
print "$_->[1] silent\\n" for @waiting;`;

export const probeOutsideScript = `if command -v perl > /dev/null; then perl -e '${perl}' "$@"; else echo 'lacks perl'; fi
if timeout 5 getent ahostsv4 perimeter-probe.invalid > /dev/null 2>&1; then echo 'name resolved'; else echo 'name unknown'; fi`;
