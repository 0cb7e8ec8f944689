import { gatherFactsBy, type HostFacts } from './facts.ts';
import type { HostView } from './host.ts';
import { knownText } from './known-value.ts';
import { surveyScript } from './survey-script.ts';

/** One thing that a machine tells, and who read it: `system.serial`, by `sysfs`. `raw` is the text before junk was made absent. */
export interface Fact {
  readonly key: string;
  readonly collector: string;
  readonly raw: string;
  /** Undefined when the machine says nothing of use. */
  readonly value: string | undefined;
}

/** Each reads a list that may well be empty, and says by a line `asked NAME` that it could be read. `files`: the survey came to its end. */
export type Collector =
  | 'environment'
  | 'failedUnits'
  | 'files'
  | 'locks'
  | 'modules'
  | 'mounts'
  | 'packages'
  | 'ports'
  | 'routes'
  | 'swaps'
  | 'units'
  | 'vulnerabilities';

/** The long look at a host. What is not there is undefined: absent is neither good nor bad. */
export class Survey {
  readonly facts: HostFacts;
  readonly all: readonly Fact[];
  readonly #byKey: ReadonlyMap<string, readonly Fact[]>;

  constructor(facts: HostFacts, all: readonly Fact[]) {
    this.facts = facts;
    this.all = all;
    this.#byKey = Map.groupBy(all, (fact) => fact.key);
  }

  /** The first collector that knows it. */
  one(key: string): string | undefined {
    return this.values(key)[0];
  }

  number(key: string): number | undefined {
    const text = this.one(key);
    const value = Number(text);
    return text === undefined || !Number.isFinite(value) ? undefined : value;
  }

  values(key: string): readonly string[] {
    return this.of(key).flatMap(({ value }) => value ?? []);
  }

  has(key: string, value: string): boolean {
    return this.of(key).some(({ raw }) => raw === value);
  }

  /** The same look, with what others told of the same host. */
  with(facts: readonly Fact[]): Survey {
    return new Survey(this.facts, [...this.all, ...facts]);
  }

  /** With collectors and raw texts, junk included. */
  of(key: string): readonly Fact[] {
    return this.#byKey.get(key) ?? [];
  }

  /** Whether a collector could look at all. Only then is what it does not name not there; otherwise nobody knows. */
  asked(collector: Collector): boolean {
    return this.has('asked', collector);
  }

  /** The kind of container or virtual machine that the host is; undefined for a machine of its own, and where nobody can tell. */
  get virtual(): string | undefined {
    return this.#kind('virtualisation');
  }

  /** The kind of container that the host is. Kernel, clock and disks are then those of the machine that it runs on. */
  get container(): string | undefined {
    return this.#kind('container');
  }

  #kind(key: string): string | undefined {
    const kind = this.one(key);
    return kind === 'none' ? undefined : kind;
  }
}

/** Counts and flags are values even when they are nothing but zeros. */
const plainKey = /^(?!system\.|board\.|chassis\.|bios\.|machineId)/;

/** Reads what the survey script printed after the first facts. */
export function parseSurvey(facts: HostFacts, output: string): Survey {
  const all: Fact[] = [];
  let collector = 'script';
  for (const line of output.split('\n')) {
    const space = line.indexOf(' ');
    const [key, raw] = [line.slice(0, space), line.slice(space + 1)];
    if (key === '@') collector = raw;
    else if (space > 0) all.push(toFact(key, collector, raw));
  }
  return new Survey(facts, all);
}

/** What a collector said, with junk made absent. */
export function toFact(key: string, collector: string, raw: string): Fact {
  return { key, collector, raw, value: plainKey.test(key) ? raw.trim() || undefined : knownText(raw) };
}

/** One command on the host, about a second. Raises what `HostView.query` raises. */
export async function surveyHost(host: HostView): Promise<Survey> {
  const { facts, output } = await gatherFactsBy(host, surveyScript, 'survey-host', 60_000);
  return parseSurvey(facts, output);
}
