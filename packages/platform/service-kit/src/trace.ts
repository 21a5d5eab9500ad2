import { randomFillSync } from 'node:crypto';

const form = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** A new W3C trace context (`00-<trace id>-<span id>-01`) for work that nobody outside started. */
export function newTraceparent(): string {
  return `00-${randomHex(16)}-${randomHex(8)}-01`;
}

/** A context for work that nobody outside started and nobody wants to see: no spans are made below it (flags 00). */
export function untracedTraceparent(): string {
  return `00-${randomHex(16)}-${randomHex(8)}-00`;
}

/** The trace id of a W3C trace context, or null when the text is not one. */
export function traceIdOf(traceparent: string): string | null {
  return form.exec(traceparent)?.[1] ?? null;
}

const chance = Buffer.alloc(4096);
let chanceUsed = chance.length;

/** Random bytes as hex, drawn many at a time: each request needs some, and they are no secrets. */
export function randomHex(bytes: number): string {
  if (chanceUsed + bytes > chance.length) {
    randomFillSync(chance);
    chanceUsed = 0;
  }
  chanceUsed += bytes;
  return chance.toString('hex', chanceUsed - bytes, chanceUsed);
}
