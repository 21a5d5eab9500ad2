/** A long-lived piece of a service: what starts, stops. Stopping twice or before the start is fine. */
export type Part = {
  name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
};
