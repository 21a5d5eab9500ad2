-- Metrology, and what is built on it: run-to-run threads and corrections of virtual metrology. All of a thread's or a
-- model's state follows from the rows of runs and measurements, so what comes late finds its place.
create table metrology (
  org_id uuid not null,
  metrology_id uuid not null default gen_random_uuid(),
  arrival bigint generated always as identity,
  run_id text not null,
  wafer_id text not null,
  lot_id text,
  parameter text not null,
  value double precision not null,
  uncertainty double precision,
  tool text not null default '',
  sites jsonb,
  measured_at timestamptz not null,
  recorded_at timestamptz not null default now(),
  recorded_by text not null,
  primary key (org_id, metrology_id),
  unique (org_id, run_id, wafer_id, parameter, measured_at, tool)
);
--> statement-breakpoint
create index metrology_by_time on metrology (org_id, measured_at desc, arrival desc);
--> statement-breakpoint
create index metrology_by_wafer on metrology (org_id, wafer_id, parameter);
--> statement-breakpoint
-- The recipe of each started run as asked for and as used, and what steered it.
create table run_recipes (
  org_id uuid not null,
  run_id text not null,
  equipment_id text not null,
  layer text not null default '',
  asked_hash text not null,
  used_hash text not null,
  used jsonb not null,
  steering jsonb not null,
  recorded_at timestamptz not null default now(),
  primary key (org_id, run_id)
);
--> statement-breakpoint
create table run_to_run_threads (
  org_id uuid not null,
  thread_id uuid not null default gen_random_uuid(),
  equipment_id text not null,
  recipe_hash text not null,
  layer text not null default '',
  loop text not null,
  settings jsonb not null default '{}',
  start_input double precision not null,
  restarted_at timestamptz,
  restart_reason text,
  created_at timestamptz not null default now(),
  primary key (org_id, thread_id),
  unique (org_id, equipment_id, recipe_hash, layer, loop)
);
--> statement-breakpoint
create table run_to_run_results (
  org_id uuid not null,
  thread_id uuid not null,
  run_id text not null,
  arrival bigint generated always as identity,
  input double precision not null,
  estimate double precision,
  completed_at timestamptz not null,
  primary key (org_id, thread_id, run_id),
  foreign key (org_id, thread_id) references run_to_run_threads (org_id, thread_id)
);
--> statement-breakpoint
create index run_to_run_results_by_arrival on run_to_run_results (org_id, thread_id, arrival desc);
--> statement-breakpoint
-- Who changed a thread's settings or restarted it; rows are only added.
create table run_to_run_changes (
  org_id uuid not null,
  thread_id uuid not null,
  arrival bigint generated always as identity,
  kind text not null check (kind in ('settings', 'restart')),
  detail jsonb not null,
  changed_by text not null,
  changed_at timestamptz not null default now(),
  primary key (org_id, thread_id, arrival),
  foreign key (org_id, thread_id) references run_to_run_threads (org_id, thread_id)
);
--> statement-breakpoint
-- What physics said of each wafer, and what the corrections of that day made of it.
create table vm_wafers (
  org_id uuid not null,
  run_id text not null,
  wafer_id text not null,
  equipment_id text not null,
  family text not null,
  features jsonb not null,
  physics jsonb not null,
  predictions jsonb not null,
  recorded_at timestamptz not null default now(),
  primary key (org_id, run_id, wafer_id)
);
--> statement-breakpoint
create index vm_wafers_by_family on vm_wafers (org_id, family, recorded_at desc);
--> statement-breakpoint
create table vm_models (
  org_id uuid not null,
  model_id uuid not null default gen_random_uuid(),
  family text not null,
  parameter text not null,
  version integer not null,
  stage text not null check (stage in ('shadow', 'active', 'retired')),
  model jsonb not null,
  watch jsonb not null,
  created_at timestamptz not null default now(),
  created_by text not null,
  primary key (org_id, model_id),
  unique (org_id, family, parameter, version)
);
--> statement-breakpoint
create unique index vm_models_one_active on vm_models (org_id, family, parameter) where stage = 'active';
--> statement-breakpoint
create table vm_stage_changes (
  org_id uuid not null,
  model_id uuid not null,
  arrival bigint generated always as identity,
  from_stage text,
  to_stage text not null,
  reason text not null,
  changed_by text not null,
  changed_at timestamptz not null default now(),
  primary key (org_id, model_id, arrival),
  foreign key (org_id, model_id) references vm_models (org_id, model_id)
);
--> statement-breakpoint
-- The state that threads had before is not carried over: it held no results, and it follows from them now.
drop table run_to_run;
--> statement-breakpoint
alter table metrology enable row level security;
--> statement-breakpoint
alter table metrology force row level security;
--> statement-breakpoint
create policy organisation on metrology
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table run_recipes enable row level security;
--> statement-breakpoint
alter table run_recipes force row level security;
--> statement-breakpoint
create policy organisation on run_recipes
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table run_to_run_threads enable row level security;
--> statement-breakpoint
alter table run_to_run_threads force row level security;
--> statement-breakpoint
create policy organisation on run_to_run_threads
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table run_to_run_results enable row level security;
--> statement-breakpoint
alter table run_to_run_results force row level security;
--> statement-breakpoint
create policy organisation on run_to_run_results
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table run_to_run_changes enable row level security;
--> statement-breakpoint
alter table run_to_run_changes force row level security;
--> statement-breakpoint
create policy organisation on run_to_run_changes
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table vm_wafers enable row level security;
--> statement-breakpoint
alter table vm_wafers force row level security;
--> statement-breakpoint
create policy organisation on vm_wafers
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table vm_models enable row level security;
--> statement-breakpoint
alter table vm_models force row level security;
--> statement-breakpoint
create policy organisation on vm_models
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table vm_stage_changes enable row level security;
--> statement-breakpoint
alter table vm_stage_changes force row level security;
--> statement-breakpoint
create policy organisation on vm_stage_changes
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
