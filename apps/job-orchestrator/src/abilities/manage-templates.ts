import { accept, refuse, type Caller, type Result, type Template, type templatesRpc } from '@spectra/schemas';
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { AbilityContext } from '../context.ts';
import { templates, templateVersions } from '../store/flow-tables.ts';
import { listTemplates, listTemplateVersions, readTemplate } from '../store/template-rows.ts';

type Body<Name extends keyof typeof templatesRpc> = z.output<(typeof templatesRpc)[Name]['request']>;

const now = sql`clock_timestamp()`;
const unknownTemplate = () => refuse('not_found', 'There is no such template');

/** Keeps a named request with placeholders as its first version. */
export async function createTemplate(
  { database, newId }: AbilityContext,
  { orgId, userId }: Caller,
  body: Body<'createTemplate'>,
): Promise<Result<Template>> {
  const templateId = newId();
  return database.withOrg(orgId, async (tx) => {
    const made = await tx
      .insert(templates)
      .values({ templateId, orgId, name: body.name, latestVersion: 1, createdAt: now })
      .onConflictDoNothing()
      .returning({ id: templates.templateId });
    if (made.length === 0) {
      return refuse('conflict', `There is a template "${body.name}" already; give it a further version`, [
        { path: 'name', message: 'is taken', value: body.name },
      ]);
    }
    const { request, parameters, description } = body;
    const content = { request, parameters, description, createdBy: userId, createdAt: now };
    await tx.insert(templateVersions).values({ templateId, orgId, version: 1, ...content });
    const template = await readTemplate(tx, orgId, { templateId });
    return template === null ? unknownTemplate() : accept(template);
  });
}

/** Gives a template a further version; the earlier ones stay as they are. */
export async function addTemplateVersion(
  { database }: AbilityContext,
  { orgId, userId }: Caller,
  body: Body<'addTemplateVersion'>,
): Promise<Result<Template>> {
  const { template_id: templateId, request, parameters, description } = body;
  return database.withOrg(orgId, async (tx) => {
    // The row's lock gives each of two writers at once a number of its own.
    const [raised] = await tx
      .update(templates)
      .set({ latestVersion: sql`${templates.latestVersion} + 1` })
      .where(ofTemplate(orgId, templateId))
      .returning({ version: templates.latestVersion });
    if (raised === undefined) return unknownTemplate();
    const content = { request, parameters, description, createdBy: userId, createdAt: now };
    await tx.insert(templateVersions).values({ templateId, orgId, version: raised.version, ...content });
    const template = await readTemplate(tx, orgId, { templateId });
    return template === null ? unknownTemplate() : accept(template);
  });
}

/** Takes a template out of use; its versions stay readable, and its name is free again. */
export async function retireTemplate(
  { database }: AbilityContext,
  { orgId }: Caller,
  { template_id: templateId }: Body<'retireTemplate'>,
): Promise<Result<Template>> {
  return database.withOrg(orgId, async (tx) => {
    await tx.update(templates).set({ retiredAt: now }).where(ofTemplate(orgId, templateId));
    const template = await readTemplate(tx, orgId, { templateId });
    return template === null ? unknownTemplate() : accept(template);
  });
}

/** One version of a template. */
export async function getTemplate(
  { database }: AbilityContext,
  { orgId }: Caller,
  { template_id: templateId, version }: Body<'getTemplate'>,
): Promise<Result<Template>> {
  const template = await database.withOrg(orgId, (tx) => readTemplate(tx, orgId, { templateId, version }));
  return template === null ? unknownTemplate() : accept(template);
}

/** The templates in use. */
export async function getTemplates(
  { database }: AbilityContext,
  { orgId }: Caller,
  page: Body<'listTemplates'>,
): Promise<Result<{ items: Template[]; total: number }>> {
  return accept(await database.withOrg(orgId, (tx) => listTemplates(tx, orgId, page)));
}

/** Every version of one template. */
export async function getTemplateVersions(
  { database }: AbilityContext,
  { orgId }: Caller,
  { template_id: templateId, ...page }: Body<'listTemplateVersions'>,
): Promise<Result<{ items: Template[]; total: number }>> {
  return database.withOrg(orgId, async (tx) => {
    const known = await readTemplate(tx, orgId, { templateId });
    if (known === null) return unknownTemplate();
    return accept(await listTemplateVersions(tx, orgId, { templateId, ...page }));
  });
}

function ofTemplate(orgId: string, templateId: string) {
  return and(eq(templates.orgId, orgId), eq(templates.templateId, templateId), isNull(templates.retiredAt));
}
