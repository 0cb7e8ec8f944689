import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** The address of this machine from which it reaches `remote`. Asks the routing table only; nothing is sent. */
export async function localAddressTowards(remote: string): Promise<string> {
  const socket = createSocket(remote.includes(':') ? 'udp6' : 'udp4');
  try {
    socket.connect(9, remote);
    await once(socket, 'connect');
    return socket.address().address;
  } finally {
    socket.close();
  }
}
