import { readFileSync } from 'node:fs';
import { natsAccess, natsAccessSchema } from './nats-access.ts';

/** `node infra/nats/src/render.ts readers.json > accounts.conf`; include the result in nats-server.conf. */
const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: node infra/nats/src/render.ts <readers.json>');
process.stdout.write(natsAccess(natsAccessSchema.parse(JSON.parse(readFileSync(file, 'utf8')))));
