import {
  CORE_SCHEMA,
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  YAMLException,
} from 'js-yaml';

export type YamlPath = readonly (string | number)[];

/** What is wrong with the text itself. Lines count from 1. */
export interface YamlProblem {
  readonly line: number;
  readonly path: YamlPath;
  readonly message: string;
}

interface YamlNode {
  readonly value: unknown;
  readonly line: number;
  /** The text of a plain (unquoted) scalar, before it became a number or a boolean. */
  readonly plainText?: string;
  readonly children: ReadonlyMap<string | number, YamlNode>;
}

/**
 * One YAML text, read with the place of everything in it. Tags, anchors and aliases are not read: these files are written by
 * hand and compared by eye. Problems of the text are collected, the first syntax error ends the reading.
 */
export class YamlDocument {
  readonly value: unknown;
  readonly problems: readonly YamlProblem[];
  readonly #root: YamlNode | undefined;

  private constructor(root: YamlNode | undefined, problems: readonly YamlProblem[]) {
    this.#root = root;
    this.value = root?.value;
    this.problems = problems;
  }

  static parse(text: string): YamlDocument {
    const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
    try {
      const composer = new Composer(source, parseEvents(source, {}));
      const root = composer.composeDocument();
      return new YamlDocument(root, [...otherEncodings(source), ...composer.problems]);
    } catch (error) {
      if (!(error instanceof YAMLException)) throw error;
      return new YamlDocument(undefined, [...otherEncodings(source), ...syntaxProblems(source, error)]);
    }
  }

  /** The line of a value, or of the nearest thing around it that exists. A mapping's entry lies where its key stands. */
  lineOf(path: YamlPath): number {
    let node = this.#root;
    let line = node?.line ?? 1;
    for (const step of path) {
      node = node?.children.get(step);
      if (node === undefined) break;
      line = node.line;
    }
    return line;
  }

  /** The text of an unquoted value as it was written: `1.10` where the value became the number 1.1. */
  plainTextOf(path: YamlPath): string | undefined {
    let node = this.#root;
    for (const step of path) node = node?.children.get(step);
    return node?.plainText;
  }
}

/** Where the bytes were no UTF-8, reading the file has put the sign for that; the text that was meant is lost. */
function otherEncodings(source: string): YamlProblem[] {
  return source
    .split('\n')
    .flatMap((text, index) =>
      text.includes('\uFFFD')
        ? [{ line: index + 1, path: [], message: 'has letters that are no UTF-8; save the file as UTF-8' }]
        : [],
    );
}

/** Tabs are the usual cause, and the parser stops at the first: name them all. */
function syntaxProblems(source: string, error: YAMLException): YamlProblem[] {
  const line = (error.mark?.line ?? 0) + 1;
  const tabs = source
    .split('\n')
    .flatMap((text, index) => (/^ *\t/.test(text) && text.trim() !== '' ? [index + 1] : []));
  const tabProblems = tabs.map((tabLine) => ({
    line: tabLine,
    path: [],
    message: 'is indented with a tab; YAML wants spaces',
  }));
  if (tabs.length > 0 && /tab/.test(error.reason)) return tabProblems;
  return [...tabProblems, { line, path: [], message: `cannot be read as YAML: ${error.reason}` }];
}

class Composer {
  readonly problems: YamlProblem[] = [];
  readonly #source: string;
  readonly #events: readonly Event[];
  readonly #lineStarts: readonly number[];
  #next = 0;

  constructor(source: string, events: readonly Event[]) {
    this.#source = source;
    this.#events = events;
    const starts = [0];
    for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
  }

  composeDocument(): YamlNode | undefined {
    if (this.#events[0]?.type !== EVENT_ID.DOCUMENT) return undefined;
    this.#next = 1;
    const root = this.#peek().type === EVENT_ID.POP ? undefined : this.#compose([]);
    this.#next += 1;
    if (this.#next < this.#events.length) {
      this.#problem(this.#offsetAfter(), [], 'holds more than one document (`---`); only one is read');
    }
    return root;
  }

  #compose(path: YamlPath): YamlNode {
    const event = this.#peek();
    this.#next += 1;
    this.#refuseDecorations(event, path);
    if (event.type === EVENT_ID.SCALAR) return this.#scalar(event);
    if (event.type === EVENT_ID.MAPPING) return this.#mapping(event.start, path);
    if (event.type === EVENT_ID.SEQUENCE) return this.#sequence(event.start, path);
    return { value: null, line: this.#offsetLine(event), children: new Map() };
  }

  #scalar(event: Event & { type: typeof EVENT_ID.SCALAR }): YamlNode {
    const text = getScalarValue(this.#source, event);
    const line = this.#line(event.valueStart);
    if (event.style !== SCALAR_STYLE.PLAIN) return { value: text, line, children: new Map() };
    return {
      value: CORE_SCHEMA.resolveImplicitScalarTag(text).value,
      line,
      plainText: text,
      children: new Map(),
    };
  }

  #sequence(start: number, path: YamlPath): YamlNode {
    const children = new Map<number, YamlNode>();
    while (this.#peek().type !== EVENT_ID.POP) {
      children.set(children.size, this.#compose([...path, children.size]));
    }
    this.#next += 1;
    return { value: [...children.values()].map((node) => node.value), line: this.#line(start), children };
  }

  #mapping(start: number, path: YamlPath): YamlNode {
    const children = new Map<string, YamlNode>();
    while (this.#peek().type !== EVENT_ID.POP) {
      const keyEvent = this.#peek();
      const keyNode = this.#compose(path);
      const key = keyNode.plainText ?? String(keyNode.value);
      if (keyEvent.type !== EVENT_ID.SCALAR) {
        this.problems.push({ line: keyNode.line, path, message: 'has a key that is not a plain word' });
      }
      const value = this.#compose([...path, key]);
      const first = children.get(key);
      if (first !== undefined) {
        const message = `is given twice; the first is in line ${first.line}`;
        this.problems.push({ line: keyNode.line, path: [...path, key], message });
      } else {
        children.set(key, { ...value, line: keyNode.line });
      }
    }
    this.#next += 1;
    const entries = [...children].map(([key, node]) => [key, node.value] as const);
    return { value: Object.fromEntries(entries), line: this.#line(start), children };
  }

  #refuseDecorations(event: Event, path: YamlPath): void {
    if (event.type === EVENT_ID.ALIAS) {
      this.#problem(event.anchorStart, path, 'uses an alias (`*name`); write the value out');
    } else if ('tagStart' in event && event.tagStart >= 0) {
      this.#problem(event.tagStart, path, 'has a tag (`!name`); tags are not read here');
    }
  }

  #peek(): Event {
    return this.#events[this.#next] ?? { type: EVENT_ID.POP };
  }

  #offsetLine(event: Event): number {
    return event.type === EVENT_ID.ALIAS ? this.#line(event.anchorStart) : 1;
  }

  /** Where the next event with a place of its own lies. */
  #offsetAfter(): number {
    for (const event of this.#events.slice(this.#next)) {
      if (event.type === EVENT_ID.SCALAR) return event.valueStart;
      if ('start' in event) return event.start;
    }
    return this.#source.length;
  }

  #problem(offset: number, path: YamlPath, message: string): void {
    this.problems.push({ line: this.#line(offset), path, message });
  }

  /** The last line that begins at the offset or before it; every value asks, so the lines are not walked one by one. */
  #line(offset: number): number {
    let [low, high] = [0, this.#lineStarts.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
