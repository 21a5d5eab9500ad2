import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Caller, Result, RpcContract } from '@spectra/schemas';
import type { z } from 'zod';

/** A request to another service, which checks its body by the contract. */
export type Call<Body extends z.ZodType> = {
  caller?: Caller | undefined;
  /** Absent when nobody outside started the work: it is not traced. */
  traceparent?: string | undefined;
  body: z.input<Body>;
  /** Default 5 s. */
  timeoutMs?: number;
};

/** What a handler gets: a body that its contract accepted. */
export type Request<Body extends z.ZodType> = {
  caller: Caller | undefined;
  traceparent: string;
  body: z.output<Body>;
};

/**
 * Answers one ability of a service. Expected refusals are returned; what it throws becomes `internal`. Whoever asked
 * checks the answer by the contract and takes no more of it than stands there.
 */
export type Handler<Body extends z.ZodType, Reply extends z.ZodType> = (
  request: Request<Body>,
) => Promise<Result<z.input<Reply>>>;

/** A durable pull consumer: one filter only, acknowledged message by message. */
export type DurableConsumer = {
  stream: string;
  durable: string;
  filterSubject: string;
  /** Default 30 s; a worker that needs longer says `working()`. */
  ackWaitMs?: number;
  /** Messages in hand at most; default 1000. */
  maxAckPending?: number;
  /** Where a consumer made for the first time begins; default `all`. */
  deliver?: 'all' | 'new';
};

/** A service's door to NATS. It reconnects for ever. */
export type Messaging = {
  connection: NatsConnection;
  jetstream: JetStreamClient;
  manager: JetStreamManager;
  /** Asks a service. Nobody there or no answer in time is the refusal `dependency_unavailable`. */
  call<Body extends z.ZodType, Reply extends z.ZodType>(
    service: string,
    contract: RpcContract<Body, Reply>,
    request: Call<Body>,
  ): Promise<Result<z.output<Reply>>>;
  /** Answers an ability until the returned function is called; instances of a service share the work. */
  serve<Body extends z.ZodType, Reply extends z.ZodType>(
    service: string,
    contract: RpcContract<Body, Reply>,
    handler: Handler<Body, Reply>,
  ): () => Promise<void>;
  /**
   * Stores a message in its stream. A time-out means "unknown", so it is sent again with the same id;
   * throws when no acknowledgement came. Text is sent as it is, anything else as JSON.
   */
  publish(subject: string, payload: unknown, options: { messageId: string }): Promise<{ duplicate: boolean }>;
  /** Creates the platform's streams or brings them to their present settings. */
  ensureStreams(): Promise<void>;
  /** Creates the consumer or brings it to its present settings. */
  ensureConsumer(consumer: DurableConsumer): Promise<void>;
  isConnected(): boolean;
  /** Answers what is in hand, then closes. Closing twice is fine. */
  close(): Promise<void>;
};
