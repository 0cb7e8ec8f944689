/**
 * Asks addresses, all at the same time, and waits two seconds for the answers. Arguments: `tcp/ADDRESS/PORT`, or
 * `udp/ADDRESS/PORT/HEX` with the question to send. Prints `ask NUMBER WORD` for each: open, answered HEX, refused, silent or unreachable.
 * Works with the Perl that every Debian has.
 */
export const askPerl = `use strict; use Socket qw(:DEFAULT inet_pton pack_sockaddr_in6); use Errno qw(EINPROGRESS ECONNREFUSED); use Fcntl; use Time::HiRes qw(time);
my @waiting; sub word { return $_[0] == 0 ? "open" : $_[0] == ECONNREFUSED ? "refused" : "unreachable"; }
for my $at (0 .. $#ARGV) { my ($way, $address, $port, $hex) = split m{/}, $ARGV[$at]; my $six = $address =~ /:/; my $tcp = $way eq "tcp";
  my $name = inet_pton($six ? AF_INET6 : AF_INET, $address); my $s;
  unless (defined $name && socket($s, $six ? PF_INET6 : PF_INET, $tcp ? SOCK_STREAM : SOCK_DGRAM, $tcp ? 6 : 17)) { print "ask $at unreachable\\n"; next; }
  fcntl($s, F_SETFL, O_NONBLOCK); my $went = connect($s, $six ? pack_sockaddr_in6($port, $name) : pack_sockaddr_in($port, $name));
  if ($tcp ? !$went && $! == EINPROGRESS : $went && defined(send($s, pack("H*", $hex), 0))) { push @waiting, [$s, $at, $tcp]; next; }
  print "ask $at ", $went && $tcp ? "open" : word($! + 0), "\\n"; }
my $end = time + 2;
while (@waiting && (my $left = $end - time) > 0) {
  my ($r, $w) = ("", ""); for (@waiting) { if ($_->[2]) { vec($w, fileno($_->[0]), 1) = 1 } else { vec($r, fileno($_->[0]), 1) = 1 } }
  last unless select($r, $w, undef, $left); my @still;
  for (@waiting) { my ($s, $at, $tcp) = @$_;
    if ($tcp && vec($w, fileno($s), 1)) { print "ask $at ", word(unpack("i", getsockopt($s, SOL_SOCKET, SO_ERROR))), "\\n"; }
    elsif (!$tcp && vec($r, fileno($s), 1)) { my $got = recv($s, my $buffer, 1500, 0);
      print "ask $at ", defined $got ? "answered " . unpack("H*", $buffer) : word($! + 0), "\\n"; }
    else { push @still, $_ } }
  @waiting = @still; }
print "ask $_->[1] silent\\n" for @waiting;`;

/** Asks only. */
export const askScript = `command -v perl > /dev/null || { echo 'lacks perl'; exit 0; }
perl -e '${askPerl}' "$@"`;

export interface Asked {
  readonly word: string;
  /** What came back, of an answer by UDP. */
  readonly reply: Buffer | undefined;
}

/** Each question with what the script printed for it, in the order in which it was given them; without those it printed nothing for. */
export function askedOf<Question>(
  output: string,
  questions: readonly Question[],
): readonly (readonly [Question, Asked])[] {
  const found = new Map(
    output.split('\n').flatMap((line): [number, Asked][] => {
      const [first, number, word = '', hex] = line.split(' ');
      const reply = hex === undefined ? undefined : Buffer.from(hex, 'hex');
      return first === 'ask' ? [[Number(number), { word, reply }]] : [];
    }),
  );
  return questions.flatMap((question, number): [Question, Asked][] => {
    const asked = found.get(number);
    return asked === undefined ? [] : [[question, asked]];
  });
}
