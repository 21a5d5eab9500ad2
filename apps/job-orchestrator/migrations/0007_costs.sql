-- All runs that a job asked for, ended ones too.
create index jobs_children on jobs (parent_job_id) where parent_job_id is not null;
--> statement-breakpoint
-- What each ended attempt took, written with its end and never changed; a correction is a further row.
create table cost_entries (
  entry_id uuid primary key default gen_random_uuid(),
  org_id uuid not null,
  kind text not null check (kind in ('attempt', 'correction')),
  job_id uuid not null,
  attempt integer not null,
  run_id text,
  process text,
  job_type text not null,
  tool_name text,
  equipment_id text,
  user_id text not null,
  ended_at timestamptz not null,
  ending text not null,
  tool_s double precision not null,
  compute_s double precision not null,
  runs integer not null,
  wafers integer not null,
  -- Null: not known.
  gas_sl double precision,
  energy_kwh double precision,
  corrects uuid references cost_entries (entry_id),
  reason text,
  created_by text,
  created_at timestamptz not null default clock_timestamp(),
  check ((kind = 'correction') = (corrects is not null)),
  check ((kind = 'correction') = (reason is not null and created_by is not null))
);
--> statement-breakpoint
create unique index cost_entries_attempt on cost_entries (job_id, attempt) where kind = 'attempt';
--> statement-breakpoint
create index cost_entries_by_time on cost_entries (org_id, ended_at);
--> statement-breakpoint
-- What a unit costs from when on; a change is a further version.
create table cost_rates (
  org_id uuid not null,
  version integer not null,
  effective_from timestamptz not null,
  rates jsonb not null,
  created_by text not null,
  primary key (org_id, version)
);
--> statement-breakpoint
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name;
end $$;
--> statement-breakpoint
create trigger cost_entries_append_only before update or delete on cost_entries
  for each statement execute function refuse_change();
--> statement-breakpoint
create trigger cost_rates_append_only before update or delete on cost_rates
  for each statement execute function refuse_change();
--> statement-breakpoint
alter table cost_entries enable row level security;
--> statement-breakpoint
alter table cost_entries force row level security;
--> statement-breakpoint
create policy cost_entries_of_organisation on cost_entries to public
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table cost_rates enable row level security;
--> statement-breakpoint
alter table cost_rates force row level security;
--> statement-breakpoint
create policy cost_rates_of_organisation on cost_rates to public
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
