import { textOf } from '../../base/files.ts';

/** Where objects of a kind keep texts in base64. */
const encodedFields: Readonly<Record<string, string>> = { Secret: 'data', ConfigMap: 'binaryData' };

/** The name of the field of this object that holds base64, or undefined. */
export function encodedFieldOf(object: Readonly<Record<string, unknown>>): string | undefined {
  return typeof object['kind'] === 'string' ? encodedFields[object['kind']] : undefined;
}

/** The text in base64, or undefined when it is not base64 or no text. */
export function decodedText(encoded: string): string | undefined {
  const letters = encoded.replace(/\s+/g, '');
  if (letters === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(letters) || letters.length % 4 !== 0) return undefined;
  const text = textOf(Buffer.from(letters, 'base64'));
  return text === undefined || text.includes('\0') ? undefined : text;
}
