import { describe, expect, it } from 'vitest';
import { VaultApi } from '../../../../installer/parts/secrets/vault-api.ts';

function apiThatAnswers(status: number, text: string): VaultApi {
  return new VaultApi({ send: async () => ({ status, text }) });
}

describe('VaultApi', () => {
  it('finds nothing behind a 404', async () => {
    expect(await apiThatAnswers(404, '{"errors":[]}').find('kv/x')).toBeUndefined();
  });

  it("raises E_SECRETS with the server's own words for a refusal", async () => {
    const refused = apiThatAnswers(403, '{"errors":["permission denied"]}').find('kv/x');
    await expect(refused).rejects.toMatchObject({ code: 'E_SECRETS', retryable: false });
    await expect(refused).rejects.toThrow(/403 permission denied/);
  });

  it('says that a failure of the server may pass', async () => {
    await expect(apiThatAnswers(503, '').send('POST', 'x', {}, 'open')).rejects.toMatchObject({
      retryable: true,
    });
  });
});
