import type { Readable } from 'node:stream';

/** What is known of a stored object. */
export type ObjectHead = { sizeBytes: number; mediaType: string; modifiedAt: string };

/** Bytes `start` to `end`, both included and counted from 0; without `end` to the end of the object. */
export type ByteRange = { start: number; end?: number };

/**
 * Where artifacts are kept. Keys are made by the server (`runArtifactKey`) and checked again here. Both
 * adapters keep the same contract; one suite proves it.
 */
export type ObjectStore = {
  /** Stores or replaces an object; it appears whole or not at all. */
  put(
    key: string,
    body: Uint8Array | Readable,
    options: { mediaType: string },
  ): Promise<{ sizeBytes: number; sha256: string }>;
  /** The object's bytes, or null when there is no such object. */
  get(
    key: string,
    range?: ByteRange,
  ): Promise<{ stream: Readable; sizeBytes: number; mediaType: string } | null>;
  head(key: string): Promise<ObjectHead | null>;
  /** Deleting what is not there is fine. */
  delete(key: string): Promise<void>;
  /** Up to 1000 objects in key order; `next` continues. */
  list(
    prefix: string,
    cursor?: string,
  ): Promise<{ objects: { key: string; sizeBytes: number }[]; next: string | null }>;
  /** A URL that reads this one object without further credentials until it expires, in 300 s at the latest. */
  presignGet(key: string, expiresS: number): Promise<string>;
  /** A URL that writes this one object without further credentials until it expires. */
  presignPut(key: string, expiresS: number): Promise<string>;
  /** Where an object lies, as a record keeps it: `<scheme>://<store>/<key>`. */
  uriOf(key: string): string;
  /** True when the store can be reached and written. */
  ping(): Promise<boolean>;
};
