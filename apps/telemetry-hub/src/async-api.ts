import {
  alertSchema,
  runEventSchema,
  streamDataSchemas,
  streamMessageTypeSchema,
  streams,
  telemetryMessageSchema,
} from '@spectra/schemas';
import { z } from 'zod';

type Json = { [key: string]: unknown };

/** What each kind of run subject carries. */
const runMessages = {
  event: {
    title: 'Run event',
    summary: 'What happened to a run, as a structured CloudEvent; at least once, the id tells repeats.',
    contentType: 'application/cloudevents+json',
    schema: runEventSchema,
  },
  telemetry: {
    title: 'Telemetry',
    summary: 'A batch of frames in columns, or a profile picture in numbers.',
    contentType: 'application/json',
    schema: telemetryMessageSchema,
  },
  alert: {
    title: 'Alert',
    summary:
      'A change of an alarm; its id (process, tool, source) is stable from run to run. `by` names who changed it, if a person did.',
    contentType: 'application/json',
    schema: alertSchema,
  },
} as const;

const addressParameters: Json = {
  org: { description: 'Organisation id (UUID). It stands first, so that credentials can be cut to it.' },
  process: { description: 'Process id, for instance ion or rtp.' },
  run_id: { description: 'Run id.' },
};

/**
 * The catalogue of streams as an AsyncAPI 3 document, generated from the same zod schemas that check every message:
 * the NATS subjects for other fab systems, and the WebSocket and SSE stream of a run.
 */
export function asyncApiDocument(version: string): Json {
  const kinds = Object.keys(runMessages) as (keyof typeof runMessages)[];
  const channels: Json = Object.fromEntries(kinds.map((kind) => [`run_${kind}`, runChannel(kind)]));
  const operations: Json = Object.fromEntries(
    kinds.map((kind) => [`receive_run_${kind}`, operation(`run_${kind}`, [kind])]),
  );
  const types = streamMessageTypeSchema.options;
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'SPECTRA streams',
      version,
      description:
        `Run subjects are stored in the JetStream stream ${streams.runs.name}. ` +
        'The stream of one run (WebSocket or SSE) is opened with a single-use ticket or an access token.',
    },
    defaultContentType: 'application/json',
    servers: {
      nats: { host: '127.0.0.1:4222', protocol: 'nats' },
      gateway: { host: '127.0.0.1:8003', protocol: 'ws', pathname: '/api' },
    },
    channels: { ...channels, run_stream: streamChannel(types) },
    operations: { ...operations, receive_run_stream: operation('run_stream', types) },
    components: { messages: { ...runMessageComponents(kinds), ...streamMessageComponents(types) } },
  };
}

function runChannel(kind: keyof typeof runMessages): Json {
  return {
    address: `fab.{org}.{process}.{run_id}.${kind}`,
    servers: [{ $ref: '#/servers/nats' }],
    parameters: addressParameters,
    messages: { [kind]: { $ref: `#/components/messages/run_${kind}` } },
  };
}

function streamChannel(types: readonly string[]): Json {
  const { process, run_id } = addressParameters;
  return {
    address: '{process}/stream/{run_id}',
    servers: [{ $ref: '#/servers/gateway' }],
    description: 'SSE: the same messages at /api/{process}/runs/{run_id}/events, `seq` as the event id.',
    parameters: { process, run_id },
    messages: Object.fromEntries(
      types.map((type) => [type, { $ref: `#/components/messages/stream_${type}` }]),
    ),
  };
}

function operation(channel: string, messages: readonly string[]): Json {
  return {
    action: 'receive',
    channel: { $ref: `#/channels/${channel}` },
    messages: messages.map((message) => ({ $ref: `#/channels/${channel}/messages/${message}` })),
  };
}

function runMessageComponents(kinds: readonly (keyof typeof runMessages)[]): Json {
  return Object.fromEntries(
    kinds.map((kind) => {
      const { schema, ...facts } = runMessages[kind];
      return [`run_${kind}`, { name: kind, ...facts, payload: z.toJSONSchema(schema) }];
    }),
  );
}

function streamMessageComponents(types: readonly (keyof typeof streamDataSchemas)[]): Json {
  return Object.fromEntries(
    types.map((type) => {
      const schema = z.object({
        type: z.literal(type),
        seq: z.int(),
        timestamp: z.iso.datetime(),
        data: streamDataSchemas[type],
      });
      return [`stream_${type}`, { name: type, payload: z.toJSONSchema(schema) }];
    }),
  );
}
