-- Requests that are carried out at times of the clock, in the name of who made them.
create table schedules (
  schedule_id uuid primary key,
  org_id uuid not null,
  name text not null,
  cron text not null,
  time_zone text not null,
  missed text not null check (missed in ('skip', 'once')),
  enabled boolean not null,
  work jsonb not null,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- Null while it is disabled.
  next_due_at timestamptz,
  removed_at timestamptz,
  check (enabled or next_due_at is null)
);
--> statement-breakpoint
create unique index schedules_name on schedules (org_id, name) where removed_at is null;
--> statement-breakpoint
create index schedules_due on schedules (next_due_at) where next_due_at is not null;
--> statement-breakpoint
-- One row for each due time that was kept, refused or written off: its key is why none is kept twice.
create table schedule_firings (
  schedule_id uuid not null references schedules (schedule_id),
  due_at timestamptz not null,
  org_id uuid not null,
  fired_at timestamptz not null,
  outcome text not null check (outcome in ('created', 'refused', 'skipped')),
  job_id uuid,
  run_id text,
  missed integer not null,
  problem jsonb,
  primary key (schedule_id, due_at),
  check ((outcome = 'created') = (job_id is not null)),
  check ((outcome = 'refused') = (problem is not null))
);
--> statement-breakpoint
-- Named requests with placeholders; each change is a further version.
create table templates (
  template_id uuid primary key,
  org_id uuid not null,
  name text not null,
  latest_version integer not null,
  created_at timestamptz not null,
  retired_at timestamptz
);
--> statement-breakpoint
create unique index templates_name on templates (org_id, name) where retired_at is null;
--> statement-breakpoint
create table template_versions (
  template_id uuid not null references templates (template_id),
  version integer not null,
  org_id uuid not null,
  description text not null,
  request jsonb not null,
  parameters jsonb not null,
  created_by text not null,
  created_at timestamptz not null,
  primary key (template_id, version)
);
--> statement-breakpoint
alter table schedules enable row level security;
--> statement-breakpoint
alter table schedules force row level security;
--> statement-breakpoint
create policy schedules_of_organisation on schedules to public
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table schedule_firings enable row level security;
--> statement-breakpoint
alter table schedule_firings force row level security;
--> statement-breakpoint
create policy schedule_firings_of_organisation on schedule_firings to public
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table templates enable row level security;
--> statement-breakpoint
alter table templates force row level security;
--> statement-breakpoint
create policy templates_of_organisation on templates to public
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table template_versions enable row level security;
--> statement-breakpoint
alter table template_versions force row level security;
--> statement-breakpoint
create policy template_versions_of_organisation on template_versions to public
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
