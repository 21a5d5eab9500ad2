import { randomUUID } from 'node:crypto';
import jwt from '@fastify/jwt';
import { jetstream, jetstreamManager, StorageType } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { accessTokenClaimsSchema, ionRunRequestSchema, type TokenKeys } from '@spectra/schemas';
import { fastify } from 'fastify';
import { Pool } from 'pg';

type Start = { keys: TokenKeys; natsUrl: string; databaseUrl: string; port: number };

const subject = 'bare.runs';

/**
 * The peer: the least that a create-run handler can be. One process, zod, a verified token, one INSERT that commits,
 * one acknowledged JetStream publish.
 */
async function startBareServer(options: Start): Promise<void> {
  const [key] = options.keys.keys;
  if (key === undefined) throw new Error('no key');
  const pool = new Pool({ connectionString: options.databaseUrl, max: 10 });
  await pool.query('create table if not exists bare_runs (run_id uuid primary key, body jsonb not null)');
  const connection = await connect({ servers: options.natsUrl, name: 'bare' });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: 'BARE', subjects: [subject], storage: StorageType.File });
  const stream = jetstream(connection);
  const app = fastify();
  await app.register(jwt, {
    secret: { private: key.private_pem, public: key.public_pem },
    verify: {
      algorithms: ['EdDSA'],
      allowedIss: options.keys.issuer,
      allowedAud: options.keys.audience,
    },
  });
  app.post('/runs', async (request, reply) => {
    accessTokenClaimsSchema.parse(await request.jwtVerify());
    const body = ionRunRequestSchema.parse(request.body);
    const runId = randomUUID();
    await pool.query('insert into bare_runs (run_id, body) values ($1, $2)', [runId, body]);
    await stream.publish(subject, JSON.stringify({ run_id: runId }), { msgID: runId });
    return reply.code(202).send({ run_id: runId, status: 'queued' });
  });
  await app.listen({ host: '127.0.0.1', port: options.port });
}

process.once('message', (options: Start) => {
  void startBareServer(options).then(() => process.send?.('ready'));
});
