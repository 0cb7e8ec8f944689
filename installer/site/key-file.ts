import { readFile, stat } from 'node:fs/promises';

/** What keeps a private SSH key from being used, or undefined when nothing does. The key is looked at, never kept. */
export async function keyFileProblem(path: string): Promise<string | undefined> {
  const status = await stat(path).catch(() => undefined);
  if (status === undefined) return `there is no file ${path}`;
  if (!status.isFile()) return `${path} is no file`;
  const others = status.mode & 0o077;
  if (others !== 0) return `${path} can be read by others; SSH keys must be private: chmod 600 ${path}`;
  if (status.size > 65_536) return `${path} is too large for an SSH key`;
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? `${path} cannot be read by this user` : formProblem(path, text);
}

function formProblem(path: string, text: string): string | undefined {
  if (/^(ssh-|ecdsa-)/.test(text)) return `${path} is a public key; name the private one (without .pub)`;
  const [, kind, body = ''] = /-----BEGIN ([A-Z ]*)PRIVATE KEY-----\s+([\s\S]*?)-----END/.exec(text) ?? [];
  if (kind === undefined) return `${path} is no private SSH key`;
  const locked =
    kind === 'ENCRYPTED ' || body.includes('ENCRYPTED') || (kind === 'OPENSSH ' && cipherOf(body) !== 'none');
  return locked
    ? `${path} asks for a passphrase, which an unattended run cannot give; use a key without one`
    : undefined;
}

/** Name of the cipher in an OpenSSH key: magic text, then the name with its length before it. */
function cipherOf(body: string): string {
  const bytes = Buffer.from(body, 'base64');
  const start = 'openssh-key-v1\0'.length;
  if (bytes.length < start + 4) return 'unknown';
  return bytes.subarray(start + 4, start + 4 + Math.min(bytes.readUInt32BE(start), 64)).toString('latin1');
}
