import { z } from 'zod';

/** What a person or a program may be in an organisation; what each may do stands in `policy`. */
export const roleSchema = z.enum(['admin', 'engineer', 'operator', 'viewer', 'annotator']);
export type Role = z.infer<typeof roleSchema>;

/** Who asks: made by the gateway from a verified token or API key, carried by every request over NATS. */
export const callerSchema = z.object({
  orgId: z.uuid(),
  userId: z.string(),
  role: roleSchema,
  /** Only API keys narrow the role further; absent means all that the role allows. */
  scopes: z.array(z.string()).optional(),
});
export type Caller = z.infer<typeof callerSchema>;
