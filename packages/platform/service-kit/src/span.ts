/** What a span is about: the caller's or the answering side of a request, a message taken up, or work inside. */
export type SpanKind = 'server' | 'client' | 'consumer' | 'internal';

type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** A span that begins: below another one, or as the first of a trace whose id is known already. */
export type SpanStart = {
  readonly name: string;
  readonly kind: SpanKind;
  readonly under: { readonly traceparent: string } | { readonly newTraceId: string };
  readonly attributes?: SpanAttributes;
};

/** A span that has begun; what happens below it names its `traceparent`. */
export type TraceSpan = {
  readonly traceparent: string;
  set(attributes: SpanAttributes): void;
  rename(name: string): void;
  /** Ends the span; with a reason when the work failed. Ending twice is fine. */
  end(fault?: string): void;
};

export type StartSpan = (start: SpanStart) => TraceSpan;
