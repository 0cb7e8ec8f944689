import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import type { NodeSSH } from 'node-ssh';
import { messageOf, PerimeterError } from '../../base/errors.ts';
import type { NodeSsh } from '../../site/site.ts';
import { unreachable } from '../host-errors.ts';
import { algorithmsOf, parseHostKey, wrongHostKey } from './host-key.ts';

/** Where and how to log in: a node of the site fits. */
export interface SshTarget {
  readonly name: string;
  readonly address: string;
  readonly ssh: NodeSsh;
}

const connectTimeoutMs = 10_000;
const keepaliveMs = 5_000;

/** One try to connect. Raises E_HOST_KEY, E_HOST_LOGIN or E_HOST_UNREACHABLE. */
export async function connectSsh(target: SshTarget): Promise<NodeSSH> {
  const { ssh } = target;
  const wanted = parseHostKey(ssh.hostKey);
  let shown: Buffer | undefined;
  const privateKey = await readKey(target);
  const socket = dialogueSocket(target);
  const client = await newClient();
  try {
    if (socket.errored !== null) throw socket.errored;
    await client.connect({
      sock: socket,
      username: ssh.user,
      privateKey,
      // Asking without a key first, as SSH libraries do, only costs a question that is always refused.
      authHandler: ['publickey'],
      readyTimeout: connectTimeoutMs,
      keepaliveInterval: keepaliveMs,
      keepaliveCountMax: 3,
      algorithms: { serverHostKey: algorithmsOf(wanted.type) },
      hostVerifier: (key: Buffer) => {
        shown = key;
        return key.equals(wanted.blob);
      },
    });
  } catch (error) {
    client.dispose();
    if (shown !== undefined && !shown.equals(wanted.blob)) throw wrongHostKey(target, wanted, shown);
    throw asPerimeterError(target, error);
  }
  // Without a listener, a connection that breaks between two commands would end the whole program.
  client.connection?.on('error', () => {});
  if (ssh.user !== 'root') await assertSudo(target, client);
  return client;
}

/**
 * Commands are short dialogues, and the login is one of five questions: waiting to fill packets would cost 40 ms for each of them. The
 * library's own socket can be told so only after the login.
 */
function dialogueSocket({ address, ssh }: SshTarget): Socket {
  const socket = connect({ host: address, port: ssh.port, noDelay: true });
  // It may fail before the library listens.
  socket.on('error', () => {});
  // Every channel listens on it.
  return socket.setMaxListeners(0);
}

/** Loaded while the host starts a process for the connection that has just been opened; both take about as long. */
async function newClient(): Promise<NodeSSH> {
  const library = await import('node-ssh');
  return new library.NodeSSH();
}

async function assertSudo({ name, ssh }: SshTarget, client: NodeSSH): Promise<void> {
  const result = await client.execCommand('sudo -n true');
  if (result.code === 0) return;
  client.dispose();
  throw new PerimeterError('E_HOST_LOGIN', {
    message: `${name}: ${ssh.user} may not use sudo without a password: ${result.stderr || result.stdout}`,
    hint: `Allow it on ${name}: echo '${ssh.user} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/perimeter; chmod 440 /etc/sudoers.d/perimeter. Or log in as root.`,
    where: { host: name },
  });
}

async function readKey({ name, ssh }: SshTarget): Promise<string> {
  try {
    return await readFile(ssh.keyFile, 'utf8');
  } catch (error) {
    throw new PerimeterError('E_HOST_LOGIN', {
      message: `${name}: the private key ${ssh.keyFile} cannot be read: ${messageOf(error)}`,
      hint: `Put the key there (mode 0600), or correct keyFile of ${name} in the inventory.`,
      cause: error,
      where: { host: name },
    });
  }
}

/** The host was not even asked: what is wrong lies in the file on this machine. */
function unusableKey({ name, ssh }: SshTarget, text: string, cause: unknown): PerimeterError {
  const isLocked = /passphrase|encrypted/i.test(text);
  const [what, hint] = isLocked
    ? ['is locked by a passphrase', `Name a key without one, or take it off: ssh-keygen -p -f ${ssh.keyFile}`]
    : [
        'holds no private key',
        `Correct keyFile of ${name} in the inventory: it is the private key (-----BEGIN OPENSSH PRIVATE KEY-----), not the public one (.pub). Look: ssh-keygen -y -f ${ssh.keyFile}`,
      ];
  return new PerimeterError('E_HOST_LOGIN', {
    message: `${name}: the key file ${ssh.keyFile} on this machine ${what}`,
    hint,
    cause,
    where: { host: name },
  });
}

function asPerimeterError(target: SshTarget, error: unknown): PerimeterError {
  if (error instanceof PerimeterError) return error;
  const { name, address, ssh } = target;
  const text = messageOf(error);
  if (/host key format/i.test(text)) return wrongHostKey(target, parseHostKey(ssh.hostKey), undefined);
  if (/private ?key|passphrase/i.test(text)) return unusableKey(target, text, error);
  if (/authentication methods failed/i.test(text)) {
    return new PerimeterError('E_HOST_LOGIN', {
      message: `${name}: login as ${ssh.user}@${address} with the key ${ssh.keyFile} was refused: ${text}`,
      hint: `Put the public key into ~${ssh.user}/.ssh/authorized_keys on ${name}, or correct user and keyFile in the inventory. Try: ssh -i ${ssh.keyFile} -p ${ssh.port} ${ssh.user}@${address} true`,
      cause: error,
      where: { host: name },
    });
  }
  return unreachable(target, `SSH at ${address}:${ssh.port} does not answer: ${text}`, error);
}
