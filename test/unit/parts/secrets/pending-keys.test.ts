import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { redact } from '../../../../installer/base/redact.ts';
import {
  announceInitialising,
  forgetPendingKeys,
  isInitialising,
  keepPendingKeys,
  readPendingKeys,
} from '../../../../installer/parts/secrets/pending-keys.ts';
import { CredentialStore } from '../../../../installer/site/credentials.ts';

let directory: string;
/** What the next run of the installer finds. */
const reopened = (): Promise<CredentialStore> => CredentialStore.open(directory);
const keys = { shares: ['first-share-000', 'second-share-00'], rootToken: 'hvs.root-token' };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'perimeter-unit-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

it('a run killed before the answer knows that the keys are lost', async () => {
  await announceInitialising(await reopened());
  expect(isInitialising(await reopened())).toBe(true);
});

it('a run killed after the answer has the keys, and they count as not lost', async () => {
  const store = await reopened();
  await announceInitialising(store);
  await keepPendingKeys(store, keys);
  expect(readPendingKeys(await reopened())).toEqual(keys);
  expect(isInitialising(await reopened())).toBe(false);
});

it('nothing is left of them at the end, and they are never shown', async () => {
  const store = await reopened();
  await announceInitialising(store);
  await keepPendingKeys(store, keys);
  readPendingKeys(store);
  expect(redact(`shares ${keys.shares.join(' ')} token ${keys.rootToken}`)).not.toMatch(/share-0|root-token/);
  await forgetPendingKeys(store);
  expect((await reopened()).names()).toEqual([]);
});

it('a run killed while it wrote the keys down never leaves word that they were lost', async () => {
  const dying = await reopened();
  await announceInitialising(dying);
  dying.delete = () => Promise.reject(new Error('killed'));
  await expect(keepPendingKeys(dying, keys)).rejects.toThrow('killed');
  const next = await reopened();
  expect(readPendingKeys(next)).toEqual(keys);
  await forgetPendingKeys(next);
  expect(isInitialising(await reopened())).toBe(false);
});
