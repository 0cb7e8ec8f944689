import { expect, it } from 'vitest';
import { jsonOf } from '../../../installer/base/json.ts';

it('a text that is no JSON, or is not there, says nothing', () => {
  expect(jsonOf('{"a": [1]}')).toEqual({ a: [1] });
  expect(['', '{"a":', 'nothing', undefined].map(jsonOf)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
