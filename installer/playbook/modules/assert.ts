import { z } from 'zod';
import { holds } from '../expression/evaluate.ts';
import { parseExpression } from '../expression/parse.ts';
import { ExpressionError } from '../expression/tokens.ts';
import { listOf, oneOrMore, told } from '../fields.ts';
import { defineModule } from '../module.ts';
import { FinalTaskError } from '../task-error.ts';

const args = z.strictObject({
  that: told(
    oneOrMore().refine((value) => listOf(value).every(isReadable), 'is no condition that can be read'),
    'a condition, or a list of them; all must hold',
  ),
  fail_msg: told(z.string().optional(), 'what to tell when they do not'),
});

/** Only looks; stops the host's run, also in plans, when a condition does not hold. */
export const assert = defineModule<typeof args, undefined>({
  name: 'assert',
  summary: 'Conditions that must hold before anything goes on.',
  example: 'assert: {that: host.cgroupVersion == 2, fail_msg: this host is too old}',
  args,
  async inspect({ that, fail_msg: message }, _host, { variables }) {
    const failing = listOf(that).filter((condition) => !holds(parseExpression(condition), variables));
    if (failing.length > 0)
      throw new FinalTaskError(`${message ?? 'an assertion failed'}: ${failing.join('; ')}`);
    return undefined;
  },
  plan: () => undefined,
  async apply() {},
});

function isReadable(source: string): boolean {
  try {
    parseExpression(source);
    return true;
  } catch (error) {
    if (error instanceof ExpressionError) return false;
    throw error;
  }
}
