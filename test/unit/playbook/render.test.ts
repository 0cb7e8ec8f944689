import { expect, it } from 'vitest';
import { renderText, renderValue } from '../../../installer/playbook/render.ts';

const variables = { name: 'n1', list: [1, 2], deep: { on: true }, version: '1.10' };

it('fills in texts and escapes nothing', () => {
  expect(renderText('<{{name}}> {{#each list}}{{this}};{{/each}}{{#if deep.on}}yes{{/if}}', variables)).toBe(
    '<n1> 1;2;yes',
  );
  expect(renderText('{{quote name}} {{join list "+"}} {{#if (equal name "n1")}}same{{/if}}', variables)).toBe(
    '"n1" 1+2 same',
  );
});

it('gives a variable as it is when it is all there is', () => {
  expect(
    renderValue(
      { loop: '{{ list }}', text: 'v{{version}}', same: '{{version}}', on: '{{deep.on}}' },
      variables,
    ),
  ).toEqual({
    loop: [1, 2],
    text: 'v1.10',
    same: '1.10',
    on: true,
  });
});

it('names a variable that is not there', () => {
  expect(() => renderText('a\n{{absent.thing}}', variables)).toThrow(/absent/);
  expect(() => renderText('{{deep.off}}', variables)).toThrow('there is no variable deep.off');
  expect(() => renderValue('{{absent}}', variables)).toThrow('there is no variable absent');
  expect(() => renderText('{{#each list}', variables)).toThrow();
});
