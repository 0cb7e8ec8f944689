import type { JsonObject } from '../../base/json.ts';
import { count, formatBytes } from '../../base/units.ts';
import type { OpenDelta } from '../../bundle/open-delta.ts';

/** What a delta is, for programs. */
export function deltaData(delta: OpenDelta): JsonObject {
  const { path, digest, version, sequence, signedBy, sizeBytes, carriedBytes } = delta;
  const { against, site, carried, expected } = delta.delta;
  return {
    file: path,
    digest,
    version,
    sequence,
    signedBy,
    sizeBytes,
    delta: {
      against,
      site,
      carried: carried.length,
      carriedBytes,
      expected: expected.length,
      expectedBytes: bytesOf(expected),
    },
  };
}

/** What a delta carries, and what it needs to become a bundle, a line each. */
export function deltaLines(delta: OpenDelta): readonly string[] {
  const { against, site, carried, expected } = delta.delta;
  return [
    `carries   ${count(carried.length, 'blob')}, ${formatBytes(delta.carriedBytes)}`,
    `needs     bundle ${against}, of which the store of site ${site} must have ${count(expected.length, 'blob')}, ${formatBytes(bytesOf(expected))}`,
  ];
}

function bytesOf(blobs: OpenDelta['delta']['expected']): number {
  return blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
