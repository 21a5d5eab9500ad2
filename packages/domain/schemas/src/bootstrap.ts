import { z } from 'zod';
import { roleSchema } from './identity.ts';

/** An organisation and its first users. */
const bootstrapSchema = z.strictObject({
  organisation: z.strictObject({ org_id: z.uuid(), name: z.string().min(1).max(200) }),
  users: z.array(
    z.strictObject({
      user_id: z.uuid().optional(),
      email: z.email().max(254),
      name: z.string().min(1).max(200),
      role: roleSchema,
      password: z.string().min(1).max(200),
    }),
  ),
});
export type Bootstrap = z.infer<typeof bootstrapSchema>;

/**
 * The file that a fresh installation starts from: one organisation or a list. The gateway makes what is missing at
 * each start and changes nothing that exists.
 */
export const bootstrapFileSchema = z
  .union([bootstrapSchema, z.array(bootstrapSchema).min(1)])
  .transform((content): Bootstrap[] => (Array.isArray(content) ? content : [content]));
