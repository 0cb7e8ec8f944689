import {
  DefaultRenderer,
  Listr,
  type ListrDefaultRendererLogLevels,
  ListrLogger,
  ListrTaskState,
  ProcessOutput,
} from 'listr2';
import type { PerimeterEvent } from '../../base/events.ts';
import { redact } from '../../base/redact.ts';
import { formatDuration } from '../../base/units.ts';
import { ProgressMeter } from './progress.ts';
import type { Renderer } from './renderer.ts';

type TreeTask = ConstructorParameters<typeof DefaultRenderer>[0][number];

interface Branch {
  readonly task: TreeTask;
  readonly title: string;
  readonly meter: ProgressMeter;
  /** True when no event started it: it only holds others, and ends with the view. */
  readonly implied: boolean;
}

/**
 * A tree of scopes on a terminal, drawn by listr2's renderer. Listr runs nothing here: its tasks are only what is drawn, and the
 * events set their state.
 */
export function treeRenderer(
  terminal: NodeJS.WriteStream,
  otherStream: NodeJS.WriteStream,
  now: () => number = () => performance.now(),
): Renderer {
  const roots: TreeTask[] = [];
  const branches = new Map<string, Branch>();
  let view: DefaultRenderer | undefined;
  let shown: Promise<void> = Promise.resolve();

  const show = (): void => {
    if (view !== undefined) return;
    const logger = new ListrLogger<ListrDefaultRendererLogLevels>({
      useIcons: true,
      processOutput: new ProcessOutput(terminal, otherStream),
    });
    view = new DefaultRenderer(
      roots,
      { logger, collapseSubtasks: true, showErrorMessage: false, formatOutput: 'truncate' },
      hub.events,
    );
    shown = view.render();
  };

  const branchOf = (scope: readonly string[], title?: string): Branch => {
    const key = JSON.stringify(scope);
    const known = branches.get(key);
    if (known !== undefined && !(title !== undefined && known.task.hasFinalized())) return known;
    const name = redact(title ?? scope.at(-1) ?? '');
    const branch: Branch = {
      task: newTask(name),
      title: name,
      meter: new ProgressMeter(),
      implied: title === undefined,
    };
    const siblings = scope.length > 1 ? branchOf(scope.slice(0, -1)).task.subtasks : roots;
    const old = known === undefined ? -1 : siblings.indexOf(known.task);
    if (old >= 0) siblings[old] = branch.task;
    else siblings.push(branch.task);
    branches.set(key, branch);
    return branch;
  };

  /** Parts of a target, such as nodes of a seeding, tell of no end of their own: they end with it, and begin anew with it. */
  const endParts = ({ kind, scope }: PerimeterEvent): void => {
    for (const [key, { task }] of branches) {
      const own = JSON.parse(key) as readonly string[];
      const isWithin = own.length > scope.length && scope.every((word, index) => own[index] === word);
      if (!isWithin || task.hasFinalized()) continue;
      task.state$ = kind === 'done' ? ListrTaskState.COMPLETED : ListrTaskState.CANCELLED;
      branches.delete(key);
    }
  };

  /** Leaves the finished roots on the screen for good and keeps the others for the next view. */
  const pause = async (): Promise<void> => {
    await shown;
    if (view === undefined) return;
    const open = roots.filter((task) => !task.hasFinalized());
    roots.splice(0, roots.length, ...roots.filter((task) => task.hasFinalized()));
    view.end();
    view = undefined;
    roots.splice(0, roots.length, ...open);
    for (const [key, { task }] of branches) if (task.hasFinalized()) branches.delete(key);
  };

  return {
    emit(event) {
      if (event.kind === 'data') return;
      show();
      draw(branchOf(event.scope, event.kind === 'start' ? event.title : undefined), event, now());
      if (event.kind === 'done' || event.kind === 'fail') endParts(event);
    },
    say(text) {
      show();
      const branch = branchOf([text], text);
      branch.task.state$ = ListrTaskState.SKIPPED;
    },
    async show(text) {
      await pause();
      terminal.write(redact(text.endsWith('\n') ? text : `${text}\n`));
    },
    pause,
    async close() {
      for (const branch of branches.values()) endWithView(branch);
      await pause();
      branches.clear();
    },
  };
}

const drawnOnly = { registerSignalListeners: false, renderer: 'silent', exitOnError: false } as const;

/** The event hub that listr2's renderer listens on; it redraws by itself ten times a second. */
const hub = new Listr([], drawnOnly);

function newTask(title: string): TreeTask {
  const list = new Listr([{ title, task: () => {} }], drawnOnly);
  const task = list.tasks[0] as unknown as TreeTask;
  task.subtasks = [];
  void task.check(undefined);
  task.state$ = ListrTaskState.STARTED;
  return task;
}

function draw({ task, title, meter }: Branch, event: PerimeterEvent, atMs: number): void {
  switch (event.kind) {
    case 'progress':
      task.title$ = `${title}: ${meter.describe(event, atMs)}`;
      break;
    case 'note':
      task.output$ = redact(event.text);
      break;
    case 'skip':
      task.title$ = `${title}: ${redact(event.reason)}`;
      task.state$ = ListrTaskState.COMPLETED;
      break;
    case 'done':
      task.title$ = `${title}  ${formatDuration(event.ms)}${event.text === undefined ? '' : `, ${redact(event.text)}`}`;
      task.state$ = ListrTaskState.COMPLETED;
      break;
    case 'fail':
      task.title$ = `${title}  failed after ${formatDuration(event.ms)}: ${firstLine(redact(event.message))}`;
      task.state$ = ListrTaskState.FAILED;
      break;
    default:
      break;
  }
}

/** What is still open when the view ends was cut short, except for branches that only hold others. */
function endWithView({ task, implied }: Branch): void {
  if (task.hasFinalized()) return;
  const failed = task.subtasks.some((subtask) => subtask.hasFailed());
  const whole = implied && task.subtasks.every((subtask) => subtask.hasFinalized());
  task.state$ = failed ? ListrTaskState.FAILED : whole ? ListrTaskState.COMPLETED : ListrTaskState.CANCELLED;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
