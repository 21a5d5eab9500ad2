import type { Role } from '@spectra/schemas';
import {
  bigint,
  boolean,
  customType,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';

const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
const instant = (name: string) => timestamp(name, { withTimezone: true });

/** Organisations: the tenants of this installation. */
export const organisations = pgTable('organisations', {
  orgId: uuid('org_id').primaryKey(),
  name: text('name').notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
});

/** People, each of one organisation. */
export const users = pgTable('users', {
  orgId: uuid('org_id').notNull(),
  userId: uuid('user_id').notNull(),
  email: text('email').notNull(),
  name: text('name').notNull(),
  role: text('role').$type<Role>().notNull(),
  passwordHash: text('password_hash').notNull(),
  /** Grows when every access token of the user shall die. */
  tokenVersion: integer('token_version').notNull().default(0),
  disabled: boolean('disabled').notNull().default(false),
  createdAt: instant('created_at').notNull().defaultNow(),
  lastLoginAt: instant('last_login_at'),
});

/** One sign-in and the family of refresh tokens that grew from it. */
export const sessions = pgTable('sessions', {
  orgId: uuid('org_id').notNull(),
  sessionId: uuid('session_id').notNull(),
  userId: uuid('user_id').notNull(),
  authenticatedAt: instant('authenticated_at').notNull(),
  expiresAt: instant('expires_at').notNull(),
  revokedAt: instant('revoked_at'),
  revokedReason: text('revoked_reason'),
});

/** Refresh tokens by their SHA-256; each is used once and then points at its child. */
export const refreshTokens = pgTable('refresh_tokens', {
  orgId: uuid('org_id').notNull(),
  tokenHash: bytes('token_hash').notNull(),
  sessionId: uuid('session_id').notNull(),
  createdAt: instant('created_at').notNull(),
  usedAt: instant('used_at'),
  childHash: bytes('child_hash'),
  sealedChild: bytes('sealed_child'),
});

/** Keys of programs, by their SHA-256. */
export const apiKeys = pgTable('api_keys', {
  orgId: uuid('org_id').notNull(),
  apiKeyId: uuid('api_key_id').notNull(),
  name: text('name').notNull(),
  keyHash: bytes('key_hash').notNull(),
  hint: text('hint').notNull(),
  role: text('role').$type<Role>().notNull(),
  scopes: jsonb('scopes').$type<string[]>().notNull(),
  createdBy: text('created_by').notNull(),
  createdAt: instant('created_at').notNull(),
  expiresAt: instant('expires_at').notNull(),
  lastUsedAt: instant('last_used_at'),
  revokedAt: instant('revoked_at'),
});

/** Answers to changes by the idempotency key of their caller; without a status the first one is not answered. */
export const keptAnswers = pgTable('kept_answers', {
  orgId: uuid('org_id').notNull(),
  userId: text('user_id').notNull(),
  key: text('key').notNull(),
  requestSha256: text('request_sha256').notNull(),
  claimedAt: instant('claimed_at').notNull(),
  status: integer('status'),
  /** JSON text; null for an answer without a body. */
  answer: text('answer'),
});

/** What was done, by whom: insert-only, chained by hash within the organisation. */
export const auditEntries = pgTable('audit_entries', {
  orgId: uuid('org_id').notNull(),
  seq: bigint('seq', { mode: 'number' }).notNull(),
  at: text('at').notNull(),
  actor: text('actor').notNull(),
  role: text('role').notNull(),
  action: text('action').notNull(),
  path: text('path').notNull(),
  outcome: text('outcome').notNull(),
  reason: text('reason'),
  traceId: text('trace_id').notNull(),
  address: text('address').notNull(),
  bodySha256: text('body_sha256'),
  previousHash: text('previous_hash').notNull(),
  hash: text('hash').notNull(),
});
