import type { Refusal } from '@spectra/schemas';

/** A refusal on its way out of a hook or a parser, where only throwing ends the request. */
export class RequestFault extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.detail);
    this.name = 'RequestFault';
    this.refusal = refusal;
  }
}
