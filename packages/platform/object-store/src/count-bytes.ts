import { createHash } from 'node:crypto';
import { pipeline, Readable, Transform } from 'node:stream';

/** Passes a body on while it is counted and hashed; `result` is complete once the stream was read to its end. */
export function countBytes(body: Uint8Array | Readable): {
  stream: Readable;
  result(): { sizeBytes: number; sha256: string };
} {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const meter = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      hash.update(chunk);
      sizeBytes += chunk.byteLength;
      done(null, chunk);
    },
  });
  const source = body instanceof Readable ? body : Readable.from([body], { objectMode: false });
  // Passes a failure of the source on to the reader, else half an object would look whole; a failure must also
  // have a listener when the reader is not there yet or already gone.
  meter.on('error', () => undefined);
  pipeline(source, meter, () => undefined);
  return { stream: meter, result: () => ({ sizeBytes, sha256: hash.digest('hex') }) };
}
