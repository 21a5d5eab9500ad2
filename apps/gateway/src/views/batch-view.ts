import {
  fieldErrorSchema,
  problemCatalogue,
  problemCodeSchema,
  type ProblemCode,
  type Refusal,
} from '@spectra/schemas';
import { z } from 'zod';

/** Why one item of a batch was refused: the heart of a problem document. */
const itemProblemSchema = z.object({
  code: problemCodeSchema,
  status: z.int(),
  title: z.string(),
  detail: z.string(),
  errors: z.array(fieldErrorSchema).optional(),
});

/** The report of a batch: what became of each item, in the order of the request. */
export function batchViewSchema<Created extends z.ZodType>(created: Created) {
  const item = z.object({
    index: z.int(),
    key: z.string().nullable(),
    created: created.nullable(),
    problem: itemProblemSchema.nullable(),
  });
  return z.object({ created: z.int(), refused: z.int(), items: z.array(item) });
}

/**
 * The report as the API tells it; `viewOf` makes the view of an item that was created, `invalidAs` is the code under
 * which the interface refuses a field at fault.
 */
export function batchView<Created, View>(
  report: {
    created: number;
    refused: number;
    items: readonly { index: number; key: string | null; created: Created | null; problem: Refusal | null }[];
  },
  { viewOf, invalidAs }: { viewOf: (created: Created, index: number) => View; invalidAs: ProblemCode },
) {
  return {
    created: report.created,
    refused: report.refused,
    items: report.items.map(({ index, key, created, problem }) => ({
      index,
      key,
      created: created === null ? null : viewOf(created, index),
      problem: problem === null ? null : itemProblem(problem, invalidAs),
    })),
  };
}

function itemProblem(refusal: Refusal, invalidAs: ProblemCode): z.infer<typeof itemProblemSchema> {
  const { detail, errors } = refusal;
  const code = refusal.code === 'validation_failed' ? invalidAs : refusal.code;
  const { status, title } = problemCatalogue[code];
  return { code, status, title, detail, ...(errors === undefined ? {} : { errors }) };
}
