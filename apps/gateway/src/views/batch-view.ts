import { fieldErrorSchema, problemCatalogue, problemCodeSchema, type Refusal } from '@spectra/schemas';
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

/** The report as the API tells it; `viewOf` makes the view of an item that was created. */
export function batchView<Created, View>(
  report: {
    created: number;
    refused: number;
    items: readonly { index: number; key: string | null; created: Created | null; problem: Refusal | null }[];
  },
  viewOf: (created: Created, index: number) => View,
) {
  return {
    created: report.created,
    refused: report.refused,
    items: report.items.map(({ index, key, created, problem }) => ({
      index,
      key,
      created: created === null ? null : viewOf(created, index),
      problem: problem === null ? null : itemProblem(problem),
    })),
  };
}

function itemProblem(refusal: Refusal): z.infer<typeof itemProblemSchema> {
  const { status, title } = problemCatalogue[refusal.code];
  const { code, detail, errors } = refusal;
  return { code, status, title, detail, ...(errors === undefined ? {} : { errors }) };
}
