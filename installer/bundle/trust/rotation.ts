import { z } from 'zod';
import { isPerimeterError } from '../../base/errors.ts';
import { fingerprintOf, type Signer } from '../../base/signature.ts';
import { formatStatement, readStatement } from './signed-statement.ts';

const kind = 'perimeter.key-rotation/1';
const rotationSchema = z.strictObject({
  kind: z.literal(kind),
  /** PEM of the key that takes over from the one that signs this. */
  newKey: z.string(),
  at: z.string(),
});

/** A key says by its signature that another one takes over from it. */
export interface Rotation {
  readonly oldFingerprint: string;
  readonly newFingerprint: string;
}

export function formatRotation(oldKey: Signer, newKey: string, at: Date): string {
  return formatStatement({ kind, newKey, at: at.toISOString() }, oldKey);
}

/** The text that travels in a bundle: one statement per element. */
export function formatRotations(statements: readonly string[]): string {
  return `${JSON.stringify(statements.map((text) => JSON.parse(text) as unknown))}\n`;
}

/** The rotations of a bundle; undefined when the text is not what was once written. Statements that do not hold are left out. */
export function readRotations(text: string): readonly Rotation[] | undefined {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(list) || `${JSON.stringify(list)}\n` !== text) return undefined;
  const rotations = list.map((one) => readRotation(JSON.stringify(one)));
  return rotations.every((one) => one !== undefined) ? rotations : undefined;
}

function readRotation(text: string): Rotation | undefined {
  try {
    const { payload, fingerprint } = readStatement(text, rotationSchema, 'the rotation of a key');
    const newFingerprint = fingerprintOf(payload.newKey);
    return newFingerprint === undefined ? undefined : { oldFingerprint: fingerprint, newFingerprint };
  } catch (error) {
    if (isPerimeterError(error, 'E_STATEMENT_INVALID')) return undefined;
    throw error;
  }
}

/** Every key that vouches for this one, directly or through others; the key itself first. */
export function vouchersOf(fingerprint: string, rotations: readonly Rotation[]): readonly string[] {
  const found = [fingerprint];
  for (const one of found) {
    for (const { oldFingerprint, newFingerprint } of rotations)
      if (newFingerprint === one && !found.includes(oldFingerprint)) found.push(oldFingerprint);
  }
  return found;
}
