import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The journeys on lab hosts carry numbers and run in that order; all other files run as the runner thinks best. */
export class JourneysInOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- the runner's own method
    const sorted = await super.sort(files);
    const journeys = sorted.filter(isJourney).toSorted((a, b) => (a.moduleId < b.moduleId ? -1 : 1));
    return [...sorted.filter((file) => !isJourney(file)), ...journeys];
  }
}

function isJourney(file: TestSpecification): boolean {
  return file.project.name === 'lab';
}
