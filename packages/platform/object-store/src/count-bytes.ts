import { createHash } from 'node:crypto';
import { Readable, Transform } from 'node:stream';

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
  // A reader that sees the source fail must fail too, else half an object would look whole.
  source.once('error', (error) => meter.destroy(error));
  meter.once('close', () => source.destroy());
  source.pipe(meter);
  return { stream: meter, result: () => ({ sizeBytes, sha256: hash.digest('hex') }) };
}
