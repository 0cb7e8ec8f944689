import { chunkBytes } from '../../../installer/agent/chunks.ts';
import { RunAuthority } from '../../../installer/seed/run-authority.ts';
import { startNode } from '../../contract/agent/node-under-test.ts';
import { startSource } from '../../contract/agent/source-under-test.ts';
import { noise } from '../../fixtures/made-bundle.ts';
import { plannedBlob } from '../../fixtures/planned-blobs.ts';

const bytesPerSecond = 40e6;
const leastBeforeCutMs = 200;

/**
 * Bytes that come twice for each blob in flight when the peer that sends is gone: two blobs are on their way at once, the node goes
 * on at another peer. Over TLS on loopback, each run cut at another moment.
 */
export async function resentBytes(repeat: number): Promise<readonly number[]> {
  const contents = ['one', 'two'].map((salt) => noise(16 * chunkBytes, `resume ${salt}`));
  const authority = await RunAuthority.create();
  const resent: number[] = [];
  for (let run = 0; run < repeat; run += 1) {
    const first = await startSource(authority, contents, bytesPerSecond);
    const second = await startSource(authority, contents, bytesPerSecond);
    const blobs = contents.map((content) => plannedBlob(content));
    const node = await startNode('n1', authority, blobs);
    try {
      const cut = setTimeout(() => first.close(), leastBeforeCutMs + 73 * (run % 5));
      const parents = [{ ...first.peer, name: 'first' }, { ...second.peer }];
      const result = await node.receive(parents);
      clearTimeout(cut);
      if (!node.events.some(({ event }) => event === 'parent')) throw new Error('it was not cut');
      resent.push(result.resentBytes / contents.length);
    } finally {
      await node.close();
      first.close();
      second.close();
    }
  }
  return resent;
}
