import { describe, expect, it } from 'vitest';
import { holds } from '../../../installer/playbook/expression/evaluate.ts';
import { parseExpression } from '../../../installer/playbook/expression/parse.ts';

const variables = {
  host: { cgroupVersion: 2, modules: false, name: 'n1' },
  roles: ['worker'],
  empty: [],
  'a-b': { 'c-d': 'x' },
};
const judge = (source: string): boolean => holds(parseExpression(source), variables);

describe('a condition', () => {
  it.each([
    'host.cgroupVersion == 2',
    'host.cgroupVersion >= 2 and host.cgroupVersion < 3',
    'not host.modules',
    "host.name == 'n1'",
    'host.name != "n2"',
    "'worker' in roles",
    "'control-plane' not in roles",
    "host.name in ['n1', 'n2']",
    "'1' in host.name",
    'host.absent is not defined',
    'host.name is defined',
    'false or (true and not false)',
    'true or absent',
    'not empty',
    'roles',
    "a-b.c-d == 'x'",
    'not not true',
    '-1 < 0.5',
  ])('%s holds', (source) => expect(judge(source)).toBe(true));

  it.each([
    "host.cgroupVersion == '2'",
    'host.cgroupVersion > 2 or host.modules',
    'host.name in []',
    'not (true or false)',
    'false and absent',
  ])('%s does not hold', (source) => expect(judge(source)).toBe(false));

  it.each([
    ['host.absent', 'there is no variable host.absent'],
    ['host.constructor', 'there is no variable host.constructor'],
    ["host.name < 'x'", '"<" compares numbers, not a text with a text'],
    ['1 in 2', '"in" asks for a list or a text behind it'],
  ])('%s is an error when it is judged', (source, message) => expect(() => judge(source)).toThrow(message));

  it.each([
    ['', 'it ends where a value should stand'],
    ['a ==', 'it ends where a value should stand'],
    ['a b', '"b" stands'],
    ['(a', 'it ends where ")" should stand'],
    ['a = 1', 'cannot read on from "= 1"'],
    ['process.exit()', '"(" stands'],
    ["'a", 'cannot read on'],
    ["'a' is defined", '"is defined" asks for a variable'],
    ['a is 1', '"1" stands where "defined" should stand'],
    ['and', '"and" stands where a value should stand'],
  ])('%j cannot be read', (source, message) => expect(() => parseExpression(source)).toThrow(message));
});
