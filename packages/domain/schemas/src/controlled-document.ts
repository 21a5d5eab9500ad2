import { z } from 'zod';

/** Life of one version of a SOP or recipe; the legal changes stand in the process host's `document-lifecycle.ts`. */
export const documentStatusSchema = z.enum([
  'draft',
  'submitted',
  'approved',
  'rejected',
  'superseded',
  'retired',
]);
export type DocumentStatus = z.infer<typeof documentStatusSchema>;

/** One person's signature under exactly one content; a voided one is kept and says when and why it lost its force. */
const signatureSchema = z.object({
  approver: z.string(),
  meaning: z.string(),
  content_hash: z.string(),
  auth_method: z.string(),
  authenticated_at: z.string(),
  /** Age of the login at the moment of signing. */
  auth_age_s: z.number(),
  approved_at: z.string(),
  voided_at: z.string().nullable(),
  voided_by: z.string().nullable(),
  voided_reason: z.string().nullable(),
});
export type Signature = z.infer<typeof signatureSchema>;

/** What every version of a controlled document tells beside its content. */
export const versionFields = {
  version: z.int(),
  status: documentStatusSchema,
  status_reason: z.string().nullable(),
  content_hash: z.string(),
  author: z.string(),
  /** Everybody who wrote on this version or on the open ones before it; none of them may approve it. */
  contributors: z.array(z.string()),
  comment: z.string().nullable(),
  approvals: z.array(signatureSchema),
  voided_approvals: z.array(signatureSchema),
  approvals_required: z.int(),
  created_at: z.string(),
  submitted_at: z.string().nullable(),
  /** Of the whole document: its newest version, and the newest one in force. */
  latest_version: z.int(),
  approved_version: z.int().nullable(),
};

const versionNumber = z.int().min(1).max(1_000_000);
/** The version that a request is about; absent: the newest. */
export const namedVersion = { version: versionNumber.optional() };
const documentReason = z.string().min(3).max(500);

/** The signer states what is signed and why; content that changed since is refused. */
export const signVersionSchema = z.strictObject({
  ...namedVersion,
  meaning: z.string().min(3).max(500),
  content_hash: z.string().regex(/^[0-9a-f]{64}$/),
});

/** How the signer last proved who they are, as the gateway knows it. */
export const authenticationFields = { authenticated_at: z.string(), auth_method: z.string() };

export const refuseVersionSchema = z.strictObject({ ...namedVersion, reason: documentReason });
