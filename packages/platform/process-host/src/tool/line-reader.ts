import { StringDecoder } from 'node:string_decoder';

/** Cuts a byte stream into lines. A line beyond the limit throws: its sender is broken or hostile. */
export class LineReader {
  readonly #decoder = new StringDecoder('utf8');
  readonly #lineCharsMax: number;
  readonly #onLine: (line: string) => void;
  #rest = '';

  constructor(lineCharsMax: number, onLine: (line: string) => void) {
    this.#lineCharsMax = lineCharsMax;
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    const parts = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = parts.pop() ?? '';
    for (const line of parts) this.#onLine(line);
    if (this.#rest.length > this.#lineCharsMax)
      throw new Error(`a line is longer than ${this.#lineCharsMax}`);
  }
}
