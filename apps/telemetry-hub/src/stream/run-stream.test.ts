import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventMessage, telemetryMessage } from '../../test/messages.ts';
import { appendToRunStream, emptyPosition, type RunMessage } from './run-stream.ts';

const runMessages = fc.array(
  fc.record({
    id: fc.integer({ min: 0, max: 30 }),
    kind: fc.constantFrom('telemetry', 'progressed', 'completed', 'failed'),
  }),
  { maxLength: 60 },
);

function toMessage({ id, kind }: { id: number; kind: string }): RunMessage {
  if (kind === 'telemetry') return telemetryMessage({ messageId: `t${id}`, batch: id });
  return eventMessage({
    messageId: `${kind}${id}`,
    type: `spectra.run.${kind as 'progressed' | 'completed' | 'failed'}`,
  });
}

describe('appendToRunStream', () => {
  it('numbers without a hole, keeps the order and gives each id one place, however the messages are cut', () => {
    fc.assert(
      fc.property(runMessages, fc.integer({ min: 1, max: 10 }), (drawn, cut) => {
        const messages = drawn.map(toMessage);
        const whole = appendToRunStream(emptyPosition, new Set(), messages);
        let position = emptyPosition;
        const known = new Set<string>();
        const pieces: typeof whole.appended = [];
        for (let from = 0; from < messages.length; from += cut) {
          const part = appendToRunStream(position, known, messages.slice(from, from + cut));
          position = part.position;
          for (const { messageId } of part.appended) known.add(messageId);
          pieces.push(...part.appended);
        }
        expect(pieces).toEqual(whole.appended);
        expect(whole.appended.map(({ entry }) => entry.seq)).toEqual(
          whole.appended.map((_, index) => index + 1),
        );
        expect(new Set(whole.appended.map(({ messageId }) => messageId)).size).toBe(whole.appended.length);
        expect(whole.appended.length + whole.repeated).toBe(messages.length);
        expect(whole.position.lastSeq).toBe(whole.appended.length);
      }),
    );
  });

  it('writes the text that parses to the same type, number, time and data', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 5 }),
        (values) => {
          const message = telemetryMessage({ messageId: 'x', batch: 1, time_s: values, values });
          const { appended } = appendToRunStream({ lastSeq: 41, ended: false }, new Set(), [message]);
          const entry = appended[0]?.entry;
          expect(JSON.parse(entry?.text ?? '')).toEqual(
            JSON.parse(
              JSON.stringify({ type: 'telemetry', seq: 42, timestamp: message.storedAt, data: entry?.data }),
            ),
          );
        },
      ),
    );
  });

  it('ends with the first ending, takes no second one, and opens again when the run is driven again', () => {
    const tell = (type: Parameters<typeof eventMessage>[0]['type'], messageId: string) =>
      eventMessage({ type, messageId });
    const ended = appendToRunStream(emptyPosition, new Set(), [
      tell('spectra.run.started', 'a'),
      tell('spectra.run.failed', 'b'),
      tell('spectra.run.failed', 'c'),
    ]);
    expect(ended.position).toEqual({ lastSeq: 2, ended: true });
    const again = appendToRunStream(ended.position, new Set(), [
      telemetryMessage({ messageId: 'late', batch: 9 }),
      tell('spectra.run.queued', 'd'),
      tell('spectra.run.completed', 'e'),
    ]);
    expect(again.appended.map(({ entry }) => entry.type)).toEqual(['telemetry', 'progress', 'completed']);
    expect(again.position).toEqual({ lastSeq: 5, ended: true });
  });

  it('tells the code, the message and the outcome of an ending', () => {
    const { appended } = appendToRunStream(emptyPosition, new Set(), [
      eventMessage({
        type: 'spectra.run.failed',
        messageId: 'f',
        data: { error_message: 'vacuum lost', error_code: 'interlock', retryable: true },
      }),
    ]);
    expect(appended[0]?.entry).toMatchObject({
      type: 'error',
      data: { error_message: 'vacuum lost', code: 'interlock', retryable: true },
    });
  });
});
