import { randomUUID } from 'node:crypto';
import type { Database } from '@spectra/database';
import type { Caller, Role } from '@spectra/schemas';
import type { Clock } from '@spectra/service-kit';
import { and, count, desc, eq, isNull } from 'drizzle-orm';
import { apiKeys } from '../store/tables.ts';
import { isApiKey, newApiKey } from './api-key-text.ts';
import { createExpiringCache } from './expiring-cache.ts';
import { hashOf } from './opaque-tokens.ts';

/** A key as it may be shown after its creation. */
type ApiKeyView = {
  api_key_id: string;
  name: string;
  hint: string;
  role: Role;
  scopes: string[];
  created_by: string;
  created_at: string;
  expires_at: string;
  last_used_at: string | null;
  revoked_at: string | null;
};

type NewKey = { name: string; role: Role; scopes: string[]; createdBy: string; lifetimeDays: number };

export type ApiKeys = {
  /** The key's text is answered here and never again. */
  create(orgId: string, key: NewKey): Promise<ApiKeyView & { api_key: string }>;
  list(
    orgId: string,
    page: { limit: number; offset: number },
  ): Promise<{ items: ApiKeyView[]; total: number }>;
  /** Revoking twice is fine; false when the organisation has no such key. */
  revoke(orgId: string, apiKeyId: string): Promise<boolean>;
  /** Who a presented key stands for; null for a wrong, expired or revoked one. */
  callerOf(text: string): Promise<Caller | null>;
};

const rememberedMs = 15_000;
const rememberedMax = 10_000;
const dayMs = 24 * 3600 * 1000;
const hintLength = 4;

/** Keys of programs: prefix, random, checksum; stored as SHA-256, narrowed by scopes, with an end. */
export function createApiKeys(database: Database, clock: Clock): ApiKeys {
  const callers = createExpiringCache<Caller | null>({
    lifetimeMs: rememberedMs,
    sizeMax: rememberedMax,
    clock,
  });
  const now = () => new Date(clock.nowMs());
  return {
    async create(orgId, key) {
      const text = newApiKey();
      const { lifetimeDays, ...facts } = key;
      const row = {
        orgId,
        apiKeyId: randomUUID(),
        keyHash: hashOf(text),
        hint: text.slice(-hintLength),
        ...facts,
        createdAt: now(),
        expiresAt: new Date(clock.nowMs() + lifetimeDays * dayMs),
      };
      await database.withOrg(orgId, (tx) => tx.insert(apiKeys).values(row));
      return { ...keyView({ ...row, lastUsedAt: null, revokedAt: null }), api_key: text };
    },
    list: (orgId, page) =>
      database.withOrg(orgId, async (tx) => {
        const where = eq(apiKeys.orgId, orgId);
        const rows = await tx
          .select()
          .from(apiKeys)
          .where(where)
          .orderBy(desc(apiKeys.createdAt))
          .limit(page.limit)
          .offset(page.offset);
        const [counted] = await tx.select({ total: count() }).from(apiKeys).where(where);
        return { items: rows.map(keyView), total: counted?.total ?? 0 };
      }),
    async revoke(orgId, apiKeyId) {
      const isKey = and(eq(apiKeys.orgId, orgId), eq(apiKeys.apiKeyId, apiKeyId));
      const found = await database.withOrg(orgId, async (tx) => {
        await tx
          .update(apiKeys)
          .set({ revokedAt: now() })
          .where(and(isKey, isNull(apiKeys.revokedAt)));
        return tx.select({ id: apiKeys.apiKeyId }).from(apiKeys).where(isKey);
      });
      callers.clear();
      return found.length > 0;
    },
    callerOf: async (text) =>
      isApiKey(text)
        ? callers.get(hashOf(text).toString('hex'), () => readCaller(database, text, now()))
        : null,
  };
}

/** Looking a key up also notes its use: at most once per remembered span, which is fine enough. */
async function readCaller(database: Database, text: string, now: Date): Promise<Caller | null> {
  return database.withSystem(async (tx) => {
    const [row] = await tx
      .update(apiKeys)
      .set({ lastUsedAt: now })
      .where(and(eq(apiKeys.keyHash, hashOf(text)), isNull(apiKeys.revokedAt)))
      .returning();
    if (row === undefined || row.expiresAt <= now) return null;
    return { orgId: row.orgId, userId: `key:${row.apiKeyId}`, role: row.role, scopes: row.scopes };
  });
}

function keyView(row: typeof apiKeys.$inferSelect): ApiKeyView {
  return {
    api_key_id: row.apiKeyId,
    name: row.name,
    hint: row.hint,
    role: row.role,
    scopes: row.scopes,
    created_by: row.createdBy,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt.toISOString(),
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
    revoked_at: row.revokedAt?.toISOString() ?? null,
  };
}
