import type { ToolRefusalCode } from './tool-protocol.ts';

/** The tool said no: the session is fenced, tripped or out of step. Nothing was done. */
export class ToolRefused extends Error {
  override readonly name = 'ToolRefused';
  readonly code: ToolRefusalCode;

  constructor(code: ToolRefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The tool cannot be reached; nothing was sent. Trying again is harmless. */
export class ToolUnreachable extends Error {
  override readonly name = 'ToolUnreachable';
}

/** A command was sent and its answer is missing: it may have been done. Never resend; a person or the tool decides. */
export class ToolOutcomeUnknown extends Error {
  override readonly name = 'ToolOutcomeUnknown';
}
