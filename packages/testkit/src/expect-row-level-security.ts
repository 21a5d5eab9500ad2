import { Client } from 'pg';

type TableFacts = {
  name: string;
  has_org: boolean;
  enabled: boolean;
  forced: boolean;
  nullable: boolean;
  policies: number;
  open_policies: number;
};

const catalogueQuery = `
  select c.relname as name,
         org.attname is not null as has_org,
         coalesce(not org.attnotnull, false) as nullable,
         c.relrowsecurity as enabled,
         c.relforcerowsecurity as forced,
         count(p.policyname)::int as policies,
         count(p.policyname) filter (
           where p.permissive = 'PERMISSIVE'
             and (coalesce(p.qual, '') not like '%app.org_id%' or coalesce(p.with_check, '') not like '%app.org_id%')
             and coalesce(p.qual, '') || coalesce(p.with_check, '') not like '%system%'
         )::int as open_policies
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_attribute org on org.attrelid = c.oid and org.attname = 'org_id' and not org.attisdropped
    left join pg_policies p on p.schemaname = n.nspname and p.tablename = c.relname
   where n.nspname = $1 and c.relkind in ('r', 'p') and c.relname <> 'applied_migrations'
   group by c.relname, org.attname, org.attnotnull, c.relrowsecurity, c.relforcerowsecurity
   order by c.relname`;

/**
 * Reads the catalogue of an owner's schema and throws, naming the tables, unless each table with `org_id` has
 * row-level security enabled and forced, `org_id not null`, and policies that bind reading and writing to
 * the organisation. Tables without `org_id` must be listed as exceptions, so that none is forgotten.
 */
export async function expectRowLevelSecurity(options: {
  adminUrl: string;
  schema: string;
  withoutOrg: readonly string[];
}): Promise<void> {
  const tables = await readTables(options.adminUrl, options.schema);
  if (tables.length === 0) throw new Error(`The schema ${options.schema} has no tables`);
  const faults = tables.flatMap((table) => faultsOf(table, options.withoutOrg));
  const unknown = options.withoutOrg.filter((name) => !tables.some((table) => table.name === name));
  faults.push(...unknown.map((name) => `${name}: listed as an exception, but there is no such table`));
  if (faults.length > 0) throw new Error(`Row-level security of ${options.schema}:\n${faults.join('\n')}`);
}

function faultsOf(table: TableFacts, withoutOrg: readonly string[]): string[] {
  if (!table.has_org) return withoutOrg.includes(table.name) ? [] : [`${table.name}: no org_id`];
  const faults = [
    ...(table.nullable ? ['org_id may be null'] : []),
    ...(table.enabled ? [] : ['not enabled']),
    ...(table.forced ? [] : ['not forced']),
    ...(table.policies > 0 ? [] : ['no policy']),
    ...(table.open_policies > 0 ? ['a policy without the organisation in using and with check'] : []),
  ];
  return faults.map((fault) => `${table.name}: ${fault}`);
}

async function readTables(adminUrl: string, schema: string): Promise<TableFacts[]> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    return (await client.query<TableFacts>(catalogueQuery, [schema])).rows;
  } finally {
    await client.end();
  }
}
