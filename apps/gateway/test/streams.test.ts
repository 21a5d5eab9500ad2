import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { problemSchema, streamTicketClaimsSchema } from '@spectra/schemas';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearer, gatewayFixture, type GatewayFixture } from './gateway-fixture.ts';

let fixture: GatewayFixture;
let hub: Server;
let port: number;
const asked: { url: string | undefined; authorization: string | undefined }[] = [];

beforeAll(async () => {
  hub = createServer((request, response) => {
    note(request);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('id: 1\nevent: progress\ndata: {"seq":1}\n\n');
  });
  hub.on('upgrade', (request: IncomingMessage, socket) => {
    note(request);
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
    );
    // An echo of bytes: the proxy must not touch what goes through.
    socket.on('data', (bytes: Buffer) => socket.write(bytes));
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.end());
  });
  await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', () => resolve()));
  const hubUrl = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`;
  fixture = await gatewayFixture({ hubUrl });
  await fixture.app.listen({ host: '127.0.0.1', port: 0 });
  port = (fixture.app.server.address() as AddressInfo).port;
});
afterAll(async () => {
  // Closing must not wait for streams that are still open.
  const open = openRaw('/api/ion/stream/ION-1', upgrade);
  await open.until('HTTP/1.1 101');
  await fixture.close();
  hub.closeAllConnections();
  await new Promise((resolve) => hub.close(resolve));
});

function note(request: IncomingMessage): void {
  asked.push({ url: request.url, authorization: request.headers.authorization });
}

function openRaw(target: string, headers: string[]) {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  const waiting: { wanted: string; resolve: (text: string) => void }[] = [];
  socket.on('data', (bytes: Buffer) => {
    heard += bytes.toString('latin1');
    for (const { wanted, resolve } of waiting) if (heard.includes(wanted)) resolve(heard);
  });
  socket.write([`GET ${target} HTTP/1.1`, 'host: gateway', ...headers, '', ''].join('\r\n'));
  return {
    socket,
    until: (wanted: string) =>
      new Promise<string>((resolve) => {
        waiting.push({ wanted, resolve });
        if (heard.includes(wanted)) resolve(heard);
      }),
  };
}

const upgrade = [
  'connection: Upgrade',
  'upgrade: websocket',
  'sec-websocket-version: 13',
  'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
];

describe('a stream', () => {
  it('by WebSocket goes to the hub byte for byte, with query and credentials', async () => {
    const stream = openRaw('/api/ion/stream/ION-1?ticket=abc&from=7', [
      ...upgrade,
      'authorization: Bearer x',
    ]);
    const head = await stream.until('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1.1 101/);
    expect(head).toContain('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    expect(asked.at(-1)).toEqual({
      url: '/api/ion/stream/ION-1?ticket=abc&from=7',
      authorization: 'Bearer x',
    });
    stream.socket.write(Buffer.from([0x81, 0x05, 0x68, 0x65, 0x6c, 0x6c, 0x6f]));
    expect(await stream.until('hello')).toContain('\x81\x05hello');
    stream.socket.destroy();
  });

  it('by server-sent events goes through as it comes', async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/rtp/runs/RTP-1/events?ticket=abc`);
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const chunk = await answer.body?.getReader().read();
    expect(new TextDecoder().decode(chunk?.value)).toContain('data: {"seq":1}');
  });

  it('of something else is refused before the hub hears of it', async () => {
    const before = asked.length;
    const stream = openRaw('/api/etch/stream/X', upgrade);
    expect(await stream.until('"code":"not_found"')).toMatch(/^HTTP\/1.1 404/);
    expect(asked).toHaveLength(before);
  });

  it('without an upgrade is told what the address speaks', async () => {
    const answer = await fixture.app.inject('/api/ion/stream/ION-1?ticket=x');
    expect([answer.statusCode, answer.json().code]).toEqual([426, 'upgrade_required']);
  });
});

describe('a stream whose gateway stops', () => {
  it('ends by a close frame "going away" that reaches the hub in the viewer\'s name', async () => {
    const alone = await gatewayFixture({ hubUrl: `http://127.0.0.1:${(hub.address() as AddressInfo).port}` });
    await alone.app.listen({ host: '127.0.0.1', port: 0 });
    const outside = port;
    port = (alone.app.server.address() as AddressInfo).port;
    const stream = openRaw('/api/ion/stream/ION-1', upgrade);
    await stream.until('\r\n\r\n');
    const heard = stream.until('\x88\x82');
    port = outside;
    await alone.close();
    // The hub of this test echoes what it got.
    const text = await heard;
    const frame = Buffer.from(text.slice(text.indexOf('\x88\x82')), 'latin1');
    const unmasked = [6, 7].map((place) => (frame[place] ?? 0) ^ (frame[place - 4] ?? 0));
    expect(Buffer.from(unmasked).readUInt16BE()).toBe(1001);
  });
});

describe('a stream while the hub is away', () => {
  it('is answered 503 with a time to wait, by both ways', async () => {
    const alone = await gatewayFixture({ hubUrl: 'http://127.0.0.1:1' });
    await alone.app.listen({ host: '127.0.0.1', port: 0 });
    const outside = port;
    port = (alone.app.server.address() as AddressInfo).port;
    const stream = openRaw('/api/ion/stream/ION-1', upgrade);
    const refused = await stream.until('"code":"dependency_unavailable"');
    expect(refused).toMatch(/^HTTP\/1.1 503/);
    expect(refused).toContain('\r\nretry-after: 2\r\n');
    const events = await fetch(`http://127.0.0.1:${port}/api/ion/runs/ION-1/events`);
    expect([events.status, events.headers.get('retry-after')]).toEqual([503, '2']);
    expect(problemSchema.parse(await events.json()).code).toBe('dependency_unavailable');
    port = outside;
    await alone.close();
  });
});

describe('a stream ticket', () => {
  it('names user, organisation, run and process, and lives half a minute', async () => {
    const run = fixture.services.holdings.get(fixture.own.orgId)?.runs[1];
    const { access } = await fixture.signIn(fixture.own, 'operator');
    const answer = await fixture.app.inject({
      method: 'POST',
      url: '/api/stream-tickets',
      headers: bearer(access),
      payload: { run_id: run?.run_id },
    });
    expect(answer.statusCode, answer.body).toBe(201);
    const { ticket, websocket_url, sse_url } = answer.json();
    const [header, payload] = ticket
      .split('.')
      .slice(0, 2)
      .map((part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()));
    expect(header).toMatchObject({ alg: 'EdDSA', typ: 'stream-ticket' });
    const claims = streamTicketClaimsSchema.parse(payload);
    expect(claims).toMatchObject({
      sub: fixture.own.userIds.operator,
      org: fixture.own.orgId,
      role: 'operator',
      run_id: run?.run_id,
      process: 'rtp',
    });
    expect(claims.exp - claims.iat).toBe(30);
    expect(websocket_url).toBe(`ws://127.0.0.1:8003/api/rtp/stream/${run?.run_id}?ticket=${ticket}`);
    expect(sse_url).toBe(`http://127.0.0.1:8003/api/rtp/runs/${run?.run_id}/events?ticket=${ticket}`);
    const asAccess = await fixture.app.inject({ url: '/api/auth/me', headers: bearer(ticket) });
    expect(asAccess.statusCode).toBe(401);
  });
});
