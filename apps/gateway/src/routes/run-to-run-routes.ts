import { defineRoute, type HttpRoute } from '@spectra/http-kit';
import {
  accept,
  analyzeRunToRunSchema,
  restartThreadSchema,
  runToRunAnalysisSchema,
  runToRunRpc,
  setThreadSchema,
  threadSchema,
} from '@spectra/schemas';
import { z } from 'zod';
import type { Ask } from '../ask.ts';
import { processDoors, type ProcessDoor } from '../process-doors.ts';
import { factsOf, limitOffset, listFacts } from '../views/list-page.ts';
import { queryVersion } from '../views/query-version.ts';

const idText = z.string().min(1).max(64);
const recipeHash = z.string().regex(/^[0-9a-f]{64}$/, 'the 64 hexadecimal digits of a recipe hash');
const view = { kind: 'permission', anyOf: ['metrology:view'] } as const;
const manage = { kind: 'permission', anyOf: ['r2r:manage'] } as const;

/** Run-to-run control: threads and advice of each process, and the stateless analysis. */
export function runToRunRoutes(ask: Ask): HttpRoute[] {
  return [analyzeLoop(ask), ...processDoors.flatMap((door) => threadRoutes(door, ask))];
}

/** One thread, by its id. */
const oneThread = (door: ProcessDoor) =>
  ({
    organisation: 'resource',
    tag: 'run-to-run',
    params: z.strictObject({ thread_id: z.uuid() }),
    url: `/api/r2r/${door.process}/threads/:thread_id`,
  }) as const;

function threadRoutes(door: ProcessDoor, ask: Ask): HttpRoute[] {
  return [
    advice(door, ask),
    listThreads(door, ask),
    setThread(door, ask),
    getThread(door, ask),
    restartThread(door, ask),
  ];
}

function analyzeLoop(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'POST',
    url: '/api/r2r/analyze',
    access: view,
    effect: 'read',
    rate: 'read',
    organisation: 'none',
    summary: 'How an EWMA or double-EWMA loop behaves under a steady drift, by formula and by simulation',
    tag: 'run-to-run',
    body: analyzeRunToRunSchema,
    example: { body: { lambda1: 0.2, lambda2: 0, gain_ratio: 0.5, drift_per_run: 0.1 } },
    reply: { status: 200, schema: runToRunAnalysisSchema },
    handler: (input) =>
      ask(input, {
        service: processDoors[0]?.process ?? '',
        contract: runToRunRpc.analyze,
        body: input.body,
      }),
  });
}

function advice(door: ProcessDoor, ask: Ask): HttpRoute {
  return defineRoute({
    method: 'GET',
    url: `/api/r2r/${door.process}/advice`,
    access: view,
    organisation: 'resource',
    summary: `${door.title}: what the next run of a recipe on a tool should change, and why`,
    tag: 'run-to-run',
    query: z.strictObject({
      equipment_id: idText,
      recipe_hash: recipeHash.optional(),
      recipe_id: z.uuid().optional(),
      /** Of that recipe; absent: the version in force. */
      recipe_version: queryVersion.optional(),
      run_id: idText.optional(),
      layer: idText.optional(),
    }),
    example: { query: { equipment_id: 'IMP-01', recipe_hash: 'b'.repeat(64) } },
    reply: { status: 200, schema: runToRunRpc.advise.reply },
    handler: (input) =>
      ask(input, { service: door.process, contract: runToRunRpc.advise, body: input.query }),
  });
}

function listThreads(door: ProcessDoor, ask: Ask): HttpRoute {
  return defineRoute({
    method: 'GET',
    url: `/api/r2r/${door.process}/threads`,
    access: view,
    organisation: 'collection',
    summary: `${door.title}: list run-to-run threads`,
    tag: 'run-to-run',
    query: z.strictObject({
      equipment_id: idText.optional(),
      recipe_hash: recipeHash.optional(),
      ...limitOffset,
    }),
    reply: { status: 200, schema: z.object({ threads: z.array(threadSchema), ...listFacts }) },
    async handler(input) {
      const { limit, offset } = input.query;
      const found = await ask(input, {
        service: door.process,
        contract: runToRunRpc.listThreads,
        body: input.query,
      });
      if (!found.ok) return found;
      return accept({ threads: found.value.items, ...factsOf(found.value, { limit, offset }) });
    },
  });
}

function setThread(door: ProcessDoor, ask: Ask): HttpRoute {
  return defineRoute({
    method: 'PUT',
    url: `/api/r2r/${door.process}/threads`,
    access: manage,
    organisation: 'collection',
    summary: `${door.title}: set how a thread is steered; settings that do not settle are refused`,
    tag: 'run-to-run',
    body: setThreadSchema,
    example: {
      body: {
        equipment_id: 'IMP-01',
        recipe_hash: 'b'.repeat(64),
        loop: 'dose',
        settings: { lambda1: 0.3, lambda2: 0.1 },
      },
    },
    reply: { status: 200, schema: threadSchema },
    handler: (input) =>
      ask(input, { service: door.process, contract: runToRunRpc.setThread, body: input.body }),
  });
}

function getThread(door: ProcessDoor, ask: Ask): HttpRoute {
  return defineRoute({
    ...oneThread(door),
    method: 'GET',
    access: view,
    summary: `${door.title}: a thread with its state, advice, history and changes`,
    reply: { status: 200, schema: runToRunRpc.getThread.reply },
    handler: (input) =>
      ask(input, { service: door.process, contract: runToRunRpc.getThread, body: input.params }),
  });
}

function restartThread(door: ProcessDoor, ask: Ask): HttpRoute {
  const thread = oneThread(door);
  return defineRoute({
    ...thread,
    method: 'POST',
    url: `${thread.url}/restart`,
    access: manage,
    summary: `${door.title}: start a thread anew after maintenance`,
    body: restartThreadSchema,
    example: { body: { reason: 'Faraday cup replaced', input: 'keep' } },
    reply: { status: 200, schema: threadSchema },
    handler: (input) =>
      ask(input, {
        service: door.process,
        contract: runToRunRpc.restartThread,
        body: { ...input.params, ...input.body },
      }),
  });
}
