import { describeProblems } from '../../base/checked-yaml.ts';
import { PerimeterError } from '../../base/errors.ts';
import { count } from '../../base/units.ts';
import { loadProfiles } from '../../site/load-profiles.ts';
import { table } from '../table.ts';
import { defineVerb } from '../verb.ts';

export const profileLsVerb = defineVerb({
  name: 'profile ls',
  summary: 'list the profiles, with the files each is made of',
  args: [{ name: 'SITE', summary: 'a site folder, for the profiles that it adds', optional: true }],
  options: {},
  examples: [{ command: 'perimeter profile ls', does: 'lists the profiles of the product' }],
  async run({ args: [site = '/nonexistent'] }) {
    const { profiles, layers, problems } = await loadProfiles(site);
    if (problems.length > 0) {
      throw new PerimeterError('E_SITE_INVALID', {
        message: `The profiles have ${count(problems.length, 'problem')}.`,
        findings: describeProblems(problems),
        hint: `Mend these lines, then look again: npm run perimeter -- profile ls ${site}`,
      });
    }
    const found = [...profiles].flatMap(([name, profile]) => {
      const chain = layers.get(name) ?? [];
      const summary = chain.findLast(({ says }) => says.summary !== undefined)?.says.summary ?? '';
      return profile === undefined
        ? []
        : [{ name, roles: profile.roles, summary, files: chain.map(({ origin }) => origin) }];
    });
    const rows = found.map(({ name, roles, summary, files }) => [
      name,
      roles.join(','),
      summary,
      files.join(' < '),
    ]);
    return {
      text: table([['PROFILE', 'ROLES', 'WHAT', 'MADE OF'], ...rows]),
      data: { profiles: found },
    };
  },
});
