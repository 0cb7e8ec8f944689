import { describe, expect, it } from 'vitest';
import { attempt, recipe, recipeEnvironment, recipeWith } from '../../../installer/lab/recipe.ts';

describe('a recipe', () => {
  it('quotes what is put in: data never becomes a command', async () => {
    const nasty = 'it\'s; echo $(id) `id` "x"\n* &';
    expect(await recipe`printf %s ${nasty}`).toBe(nasty);
    expect(await recipe`printf ${'%s|'} ${['a b', 'c']}`).toBe('a b|c|');
  });

  it('takes text on standard input', async () => {
    expect(await recipeWith({ input: 'for stdin' })`cat`).toBe('for stdin');
  });

  it('fails with the last words of the command', async () => {
    await expect(recipe`sh -c ${'echo first; echo why it failed >&2; exit 3'}`).rejects.toMatchObject({
      code: 'E_LAB',
      message: expect.stringMatching(/exit code 3 .*why it failed/),
    });
  });

  it('gives undefined for an attempt that fails', async () => {
    expect(await attempt`false`).toBeUndefined();
    expect(await attempt`echo yes`).toBe('yes\n');
  });

  it("hands on nothing of the caller's environment but paths and proxies", () => {
    const kept = recipeEnvironment({
      PATH: '/bin',
      HOME: '/root',
      https_proxy: 'http://p',
      VAULT_TOKEN: 'x',
      NODE_OPTIONS: 'y',
    });
    expect(kept).toEqual({
      PATH: '/bin',
      HOME: '/root',
      https_proxy: 'http://p',
      LC_ALL: 'C.UTF-8',
      DEBIAN_FRONTEND: 'noninteractive',
    });
  });
});
