import si from 'systeminformation';
import type { AgentFact } from './protocol.ts';

/** Of each question. A disk that hangs would keep the library waiting for as long as it hangs. */
const longestAnswerMs = 15_000;

/**
 * What is asked of systeminformation: where it is right, so that two that read the same thing can be held against each other. The library
 * puts what it is given into command lines, so nothing is ever given to it: these calls, and no others.
 */
const questions: readonly (() => Promise<readonly AgentFact[]>)[] = [
  async () => [{ key: 'libraryVersion', raw: si.version() }],
  async () => {
    const { serial, uuid } = await si.system();
    return [
      { key: 'system.serial', raw: serial },
      { key: 'system.uuid', raw: uuid },
    ];
  },
  async () => {
    const { version } = await si.bios();
    return [{ key: 'bios.version', raw: version }];
  },
  async () => {
    const { manufacturer, brand } = await si.cpu();
    return [{ key: 'processor', raw: `${manufacturer} ${brand}`.trim() }];
  },
  async () => {
    const { total } = await si.mem();
    return [{ key: 'memoryBytes', raw: String(total) }];
  },
  async () => {
    const modules = await si.memLayout();
    // Where nothing tells of modules, the library makes up one of the whole memory, which has no type.
    return modules
      .filter(({ size, type }) => size > 0 && type !== '')
      .map(({ size }) => ({ key: 'moduleBytes', raw: String(size) }));
  },
  async () => {
    const disks = await si.diskLayout();
    return disks.map(({ device, name, serialNum, size }) => ({
      key: 'disk',
      raw: JSON.stringify({
        name: device.replace('/dev/', ''),
        model: name,
        serial: serialNum,
        sizeBytes: size,
      }),
    }));
  },
];

/** As the library words it, junk included. What it does not tell in time is not told. */
export async function readFacts(): Promise<readonly AgentFact[]> {
  const answers = await Promise.all(questions.map((ask) => inTime(ask())));
  return answers.flat();
}

async function inTime(answer: Promise<readonly AgentFact[]>): Promise<readonly AgentFact[]> {
  const { promise: late, resolve } = Promise.withResolvers<readonly AgentFact[]>();
  const timer = setTimeout(() => resolve([]), longestAnswerMs);
  try {
    return await Promise.race([answer.catch(() => []), late]);
  } finally {
    clearTimeout(timer);
  }
}
