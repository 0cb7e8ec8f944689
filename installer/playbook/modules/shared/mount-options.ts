/** Options that the kernel keeps for every mount, each with what stands in its place while it does not hold. */
const flags: Readonly<Record<string, string>> = {
  ro: 'rw',
  noexec: 'exec',
  nosuid: 'suid',
  nodev: 'dev',
  noatime: 'relatime',
};

/** Words that bring some of those with them. */
const implying = new Set(['user', 'users', 'owner', 'group']);

/** Which of those do not hold as declared. All others can only be compared as they stand in the table of file systems. */
export function optionDifferences(
  declared: string,
  effective: string,
): { readonly wanted: readonly string[]; readonly found: readonly string[] } {
  const wants = declared.split(',');
  const has = effective.split(',');
  const differing = Object.entries(flags).filter(([flag, opposite]) => {
    if (flag !== 'ro' && wants.some((word) => implying.has(word))) return false;
    // The last word of a list of options wins.
    const wanted = wants.lastIndexOf(flag) > wants.lastIndexOf(opposite);
    // How access times are kept is the kernel's own choice where nothing is said.
    return flag === 'noatime' && !wanted ? false : wanted !== has.includes(flag);
  });
  return {
    wanted: differing.map(([flag, opposite]) => (has.includes(flag) ? opposite : flag)),
    found: differing.map(([flag, opposite]) => (has.includes(flag) ? flag : opposite)),
  };
}

export function isBind(options: string): boolean {
  return options.split(',').some((option) => option === 'bind' || option === 'rbind');
}
