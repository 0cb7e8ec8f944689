import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { account, type RealRegistry, registryName } from '../oci/real-registries.ts';

/** What stands between a person and a registry, and does what it is told to. Plain HTTP, as on one machine. */
export interface LyingLine {
  /** Host and port. */
  readonly host: string;
  /** Bytes of the next answers with blobs after which the line breaks. */
  cuts: number[];
  /** Bytes of any blob after which nothing more comes, and the line does not end either. */
  silentAfter: number | undefined;
  /** How many requests are answered with 503 first. */
  overloaded: number;
  /** A byte of every blob is another one than in the registry. */
  flips: boolean;
  /** Ranges are not understood. */
  wholeOnly: boolean;
  /** Every blob has a byte more. */
  longer: boolean;
  /** Asks for tokens of its own service instead of the account. */
  tokens: boolean;
  /** Lists what is attached to a manifest by itself, as registries of version 1.1 do. */
  lists: boolean;
  /** Sends blobs from another port. */
  elsewhere: boolean;
  /** Every request that came: method, path, kind of authorisation, range. */
  readonly log: string[];
  close(): void;
}

export async function lyingLine(registry: RealRegistry): Promise<LyingLine> {
  const line: LyingLine = {
    host: '',
    cuts: [],
    silentAfter: undefined,
    overloaded: 0,
    flips: false,
    wholeOnly: false,
    longer: false,
    tokens: false,
    lists: false,
    elsewhere: false,
    log: [],
    close: () => {},
  };
  const near = createServer((request, response) => answer(line, registry, request, response, ports));
  const other = createServer((request, response) => {
    line.log.push(`elsewhere ${authorisationOf(request)}`);
    forward(line, registry, request, response);
  });
  const listen = async (server: typeof near): Promise<number> => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  const ports = { near: await listen(near), other: await listen(other) };
  return Object.assign(line, {
    host: `127.0.0.1:${ports.near}`,
    close: () => {
      near.closeAllConnections();
      other.closeAllConnections();
      near.close();
      other.close();
    },
  });
}

const basic = `Basic ${Buffer.from(`${account.username}:${account.password}`).toString('base64')}`;

function authorisationOf(request: IncomingMessage): string {
  return request.headers.authorization?.split(' ')[0] ?? 'nobody';
}

function answer(
  line: LyingLine,
  registry: RealRegistry,
  request: IncomingMessage,
  response: ServerResponse,
  ports: { readonly near: number; readonly other: number },
): void {
  const url = request.url ?? '';
  line.log.push(`${request.method} ${url} ${authorisationOf(request)} ${request.headers.range ?? ''}`.trim());
  if (line.overloaded > 0) {
    line.overloaded -= 1;
    response.writeHead(503).end();
  } else if (url.startsWith('/token')) {
    const isRight =
      request.headers.authorization === basic && url.includes('service=line') && url.includes('scope=');
    response.writeHead(isRight ? 200 : 401).end(isRight ? '{"token":"token-of-the-line"}' : '{}');
  } else if (line.tokens && request.headers.authorization !== 'Bearer token-of-the-line') {
    const repository = /^\/v2\/(.+)\/(?:manifests|blobs|referrers)\//.exec(url)?.[1] ?? '';
    const challenge = `Bearer realm="http://127.0.0.1:${ports.near}/token",service="line",scope="repository:${repository}:pull"`;
    response.writeHead(401, { 'www-authenticate': challenge }).end('{}');
  } else if (line.lists && url.includes('/referrers/')) {
    // The same list that stands under the tag, which then must not be asked for.
    request.url = url.replace('/referrers/sha256:', '/manifests/sha256-');
    forward(line, registry, request, response);
  } else if (line.elsewhere && url.includes('/blobs/')) {
    response.writeHead(307, { location: `http://127.0.0.1:${ports.other}${url}` }).end();
  } else forward(line, registry, request, response);
}

/** On to the registry itself: with its account where the line has given a token or sent somebody elsewhere. */
function forward(
  line: LyingLine,
  registry: RealRegistry,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { range, accept, authorization } = request.headers;
  const isBlob = (request.url ?? '').includes('/blobs/') && request.method === 'GET';
  const away = httpsRequest(
    {
      host: '127.0.0.1',
      port: registry.port,
      servername: registryName,
      ca: registry.authority,
      method: request.method,
      path: request.url,
      headers: {
        host: registryName,
        ...(accept === undefined ? {} : { accept }),
        ...(range === undefined || line.wholeOnly ? {} : { range }),
        authorization: line.tokens || line.elsewhere ? basic : (authorization ?? ''),
      },
    },
    (far) => {
      const status = far.statusCode ?? 500;
      if (!isBlob || status >= 300) {
        response.writeHead(status, far.headers);
        far.pipe(response);
        return;
      }
      const { 'content-length': _length, ...headers } = far.headers;
      response.writeHead(status, line.longer ? headers : far.headers);
      const cut = line.cuts.shift() ?? Number.POSITIVE_INFINITY;
      let passed = 0;
      far.on('data', (chunk: Buffer) => {
        if (line.flips && passed === 0) chunk[0] = (chunk[0] ?? 0) ^ 1;
        if (line.silentAfter !== undefined && passed >= line.silentAfter) return;
        passed += chunk.length;
        response.write(chunk);
        // What was sent still arrives; then there is nothing more.
        if (passed >= cut && !request.socket.destroyed && !request.socket.writableEnded)
          request.socket.destroySoon();
      });
      far.on('end', () => {
        if (line.silentAfter === undefined || passed < line.silentAfter)
          response.end(line.longer ? 'x' : undefined);
      });
    },
  );
  away.on('error', () => request.socket.destroy());
  away.end();
}
