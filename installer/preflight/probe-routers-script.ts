/**
 * Sends packets that live for one, two and three routers towards addresses outside. A router that lets one die says so, and so tells that
 * packets go there: an address that is silent by itself shows the way to it. Needs root, for reading such messages. Arguments: addresses.
 * Prints `router ADDRESS NUMBER ROUTER`, or `router untried` where the messages may not be read.
 */
export const routersPerl = `use strict; use Socket qw(:DEFAULT inet_pton inet_ntop pack_sockaddr_in6 unpack_sockaddr_in6); use Time::HiRes qw(time);
my ($first, $most, $sent) = (33440, 3, 0); my (%reader, %seen);
socket($reader{4}, PF_INET, SOCK_RAW, 1) or do { print "router untried\\n"; exit 0; };
socket($reader{6}, PF_INET6, SOCK_RAW, 58) or delete $reader{6};
for my $at (0 .. $#ARGV) { my $six = $ARGV[$at] =~ /:/; my $name = inet_pton($six ? AF_INET6 : AF_INET, $ARGV[$at]) or next;
  for my $number (1 .. $most) { socket(my $s, $six ? PF_INET6 : PF_INET, SOCK_DGRAM, 17) or next;
    setsockopt($s, $six ? 41 : 0, $six ? 16 : 2, pack("i", $number)); my $port = $first + $at * $most + $number;
    $sent++ if defined send($s, "perimeter", 0, $six ? pack_sockaddr_in6($port, $name) : pack_sockaddr_in($port, $name)); } }
my $end = time + 2;
while ($sent > keys %seen && (my $left = $end - time) > 0) { my $r = ""; vec($r, fileno($_), 1) = 1 for values %reader;
  last unless select($r, undef, undef, $left);
  for my $family (keys %reader) { next unless vec($r, fileno($reader{$family}), 1);
    my $from = recv($reader{$family}, my $packet, 1500, 0); next unless defined $from;
    my $outer = $family == 4 ? (ord($packet) & 15) * 4 : 0; my $inner = $outer + 8; next if length($packet) < $inner + ($family == 4 ? 24 : 44);
    next if ord(substr($packet, $outer, 1)) != ($family == 4 ? 11 : 3) || ord(substr($packet, $inner + ($family == 4 ? 9 : 6), 1)) != 17;
    my $udp = $inner + ($family == 4 ? (ord(substr($packet, $inner, 1)) & 15) * 4 : 40); next if length($packet) < $udp + 4;
    my $to = substr($packet, $inner + ($family == 4 ? 16 : 24), $family == 4 ? 4 : 16);
    my $mark = unpack("n", substr($packet, $udp + 2, 2)) - $first - 1; next if $mark < 0 || $mark >= $most * @ARGV;
    # Others look for routers, too.
    next if $to ne inet_pton($family == 4 ? AF_INET : AF_INET6, $ARGV[int($mark / $most)]) || $seen{$mark}++;
    my $who = $family == 4 ? inet_ntoa((unpack_sockaddr_in($from))[1]) : inet_ntop(AF_INET6, (unpack_sockaddr_in6($from))[1]);
    print "router $ARGV[int($mark / $most)] ", $mark % $most + 1, " $who\\n"; } }`;
