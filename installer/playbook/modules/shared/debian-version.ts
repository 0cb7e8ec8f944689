/** Orders two versions of a Debian package as dpkg does: negative when `left` is older. */
export function compareDebianVersions(left: string, right: string): number {
  const [leftEpoch, leftUpstream, leftRevision] = parts(left);
  const [rightEpoch, rightUpstream, rightRevision] = parts(right);
  return (
    leftEpoch - rightEpoch ||
    compareParts(leftUpstream, rightUpstream) ||
    compareParts(leftRevision, rightRevision)
  );
}

function parts(version: string): [number, string, string] {
  const colon = version.indexOf(':');
  const rest = version.slice(colon + 1);
  const hyphen = rest.lastIndexOf('-');
  const epoch = colon === -1 ? 0 : Number(version.slice(0, colon));
  return hyphen === -1 ? [epoch, rest, ''] : [epoch, rest.slice(0, hyphen), rest.slice(hyphen + 1)];
}

/** Takes turns: a stretch without digits, compared letter by letter, then a number, compared as one. */
function compareParts(left: string, right: string): number {
  let [restLeft, restRight] = [left, right];
  while (restLeft !== '' || restRight !== '') {
    const [textLeft, textRight] = [restLeft, restRight].map((rest) => /^\D*/.exec(rest)?.[0] ?? '') as [
      string,
      string,
    ];
    const byText = compareTexts(textLeft, textRight);
    if (byText !== 0) return byText;
    const [numberLeft, numberRight] = [
      restLeft.slice(textLeft.length),
      restRight.slice(textRight.length),
    ].map((rest) => /^\d*/.exec(rest)?.[0] ?? '') as [string, string];
    const byNumber = Number(numberLeft) - Number(numberRight);
    if (byNumber !== 0) return byNumber;
    restLeft = restLeft.slice(textLeft.length + numberLeft.length);
    restRight = restRight.slice(textRight.length + numberRight.length);
  }
  return 0;
}

/** `~` comes before the end, the end before letters, letters before everything else. */
function compareTexts(left: string, right: string): number {
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = weight(left[index]) - weight(right[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function weight(character: string | undefined): number {
  if (character === undefined) return 0;
  if (character === '~') return -1;
  return /[A-Za-z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256;
}
