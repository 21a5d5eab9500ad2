import type { Transaction } from '@spectra/database';
import type { Template } from '@spectra/schemas';
import { and, count, desc, eq, isNull, sql, type SQL } from 'drizzle-orm';
import { templates, templateVersions } from './flow-tables.ts';

type Joined = { template: typeof templates.$inferSelect; version: typeof templateVersions.$inferSelect };
type Page = { limit: number; offset: number };

/** One version of a template, the latest unless another is asked for; null when there is none. */
export async function readTemplate(
  tx: Transaction,
  orgId: string,
  wanted: { templateId: string; version?: number | undefined },
): Promise<Template | null> {
  const version = wanted.version === undefined ? templates.latestVersion : sql`${wanted.version}`;
  const [row] = await joined(tx)
    .where(
      and(
        eq(templates.orgId, orgId),
        eq(templates.templateId, wanted.templateId),
        eq(templateVersions.version, version),
      ),
    )
    .limit(1);
  return row === undefined ? null : templateOf(row);
}

/** The templates that are in use, each in its latest version, by name. */
export async function listTemplates(
  tx: Transaction,
  orgId: string,
  page: Page,
): Promise<{ items: Template[]; total: number }> {
  const filter = and(eq(templates.orgId, orgId), isNull(templates.retiredAt));
  const rows = await joined(tx)
    .where(and(filter, eq(templateVersions.version, templates.latestVersion)))
    .orderBy(templates.name)
    .limit(page.limit)
    .offset(page.offset);
  const [counted] = await tx.select({ total: count() }).from(templates).where(filter);
  return { items: rows.map(templateOf), total: counted?.total ?? 0 };
}

/** Every version of a template, latest first. */
export async function listTemplateVersions(
  tx: Transaction,
  orgId: string,
  query: Page & { templateId: string },
): Promise<{ items: Template[]; total: number }> {
  const filter: SQL | undefined = and(eq(templates.orgId, orgId), eq(templates.templateId, query.templateId));
  const rows = await joined(tx)
    .where(filter)
    .orderBy(desc(templateVersions.version))
    .limit(query.limit)
    .offset(query.offset);
  return { items: rows.map(templateOf), total: rows[0]?.template.latestVersion ?? 0 };
}

function joined(tx: Transaction) {
  return tx
    .select({ template: templates, version: templateVersions })
    .from(templates)
    .innerJoin(templateVersions, eq(templateVersions.templateId, templates.templateId))
    .$dynamic();
}

function templateOf({ template, version }: Joined): Template {
  return {
    template_id: template.templateId,
    name: template.name,
    description: version.description,
    version: version.version,
    latest_version: template.latestVersion,
    request: version.request,
    parameters: version.parameters,
    created_by: version.createdBy,
    created_at: version.createdAt.toISOString(),
    retired_at: template.retiredAt?.toISOString() ?? null,
  };
}
