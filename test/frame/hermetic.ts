/**
 * Keeps unit tests to themselves: what they would put into the user's caches and state goes to a folder of their own, and nobody
 * beyond this machine can be called. Loopback stays open, for servers that a test starts itself.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import net, { type LookupFunction, type TcpNetConnectOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll } from 'vitest';

const own = mkdtempSync(join(tmpdir(), 'perimeter-unit-'));
process.env['XDG_CACHE_HOME'] = join(own, 'cache');
process.env['XDG_CONFIG_HOME'] = join(own, 'config');
process.env['XDG_STATE_HOME'] = join(own, 'state');
afterAll(() => rmSync(own, { recursive: true, force: true }));

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]): net.Socket {
  const [first, second] = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
  if (first !== null && typeof first === 'object') guardOptions(first as TcpNetConnectOpts);
  else if (typeof second === 'string') refuseOutside(second);
  return Reflect.apply(connect, this, args) as net.Socket;
};

/** A caller may bring a lookup of its own, as a client of a site's names does: then what it finds is what counts. */
function guardOptions(options: TcpNetConnectOpts): void {
  const { lookup } = options;
  if (lookup === undefined) return refuseOutside(options.host ?? 'localhost');
  const guarded: LookupFunction = (host, asked, done) =>
    lookup(host, asked, (error, found, family) => {
      for (const address of Array.isArray(found) ? found.map((one) => one.address) : [found])
        refuseOutside(address);
      done(error, found, family);
    });
  options.lookup = guarded;
}

function refuseOutside(host: string): void {
  if (/^(localhost|127\.[\d.]+|::1)$/.test(host)) return;
  throw new Error(`a unit test tried to reach ${host}; unit tests are hermetic`);
}
