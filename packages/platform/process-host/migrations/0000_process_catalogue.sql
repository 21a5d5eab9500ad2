-- One process service's own records. Applied once for each process; its schema is on the search path.
create table equipment (
  org_id uuid not null,
  equipment_id text not null,
  type text not null,
  name text not null,
  status text not null default 'in_service' check (status in ('in_service', 'out_of_service')),
  simulator jsonb not null,
  created_at timestamptz not null default now(),
  primary key (org_id, equipment_id)
);
--> statement-breakpoint
create table calibrations (
  org_id uuid not null,
  calibration_id uuid not null default gen_random_uuid(),
  equipment_id text not null,
  type text not null,
  performed_at timestamptz not null,
  valid_until timestamptz not null,
  certificate text,
  factor double precision not null,
  uncertainty_pct double precision,
  created_by text not null,
  created_at timestamptz not null default now(),
  primary key (org_id, calibration_id),
  foreign key (org_id, equipment_id) references equipment (org_id, equipment_id)
);
--> statement-breakpoint
create index calibrations_by_equipment on calibrations (org_id, equipment_id, type, valid_until desc);
--> statement-breakpoint
create table sops (
  org_id uuid not null,
  sop_id uuid not null default gen_random_uuid(),
  title text not null,
  body text not null,
  hazard_class text not null check (hazard_class in ('low', 'medium', 'high', 'critical')),
  limits jsonb not null,
  content_hash text not null,
  status text not null default 'draft' check (status in ('draft', 'approved', 'retired')),
  author text not null,
  created_at timestamptz not null default now(),
  primary key (org_id, sop_id)
);
--> statement-breakpoint
create table sop_approvals (
  org_id uuid not null,
  sop_id uuid not null,
  approver text not null,
  meaning text not null,
  content_hash text not null,
  authenticated_at timestamptz not null,
  approved_at timestamptz not null default now(),
  primary key (org_id, sop_id, approver),
  foreign key (org_id, sop_id) references sops (org_id, sop_id)
);
--> statement-breakpoint
create table recipes (
  org_id uuid not null,
  recipe_hash text not null,
  recipe jsonb not null,
  first_used_at timestamptz not null default now(),
  primary key (org_id, recipe_hash)
);
--> statement-breakpoint
create table wafer_records (
  org_id uuid not null,
  wafer_id text not null,
  run_id text not null,
  outcome jsonb not null,
  recorded_at timestamptz not null default now(),
  primary key (org_id, run_id, wafer_id)
);
--> statement-breakpoint
create index wafer_records_by_wafer on wafer_records (org_id, wafer_id, recorded_at desc);
--> statement-breakpoint
create table spc_points (
  org_id uuid not null,
  run_id text not null,
  position integer not null,
  equipment_id text not null,
  recipe_hash text not null,
  chart text not null,
  value double precision not null,
  rule text,
  recorded_at timestamptz not null default now(),
  primary key (org_id, run_id, position)
);
--> statement-breakpoint
create index spc_points_by_chart on spc_points (org_id, equipment_id, chart, recorded_at desc);
--> statement-breakpoint
create table run_to_run (
  org_id uuid not null,
  equipment_id text not null,
  recipe_hash text not null,
  run_id text not null,
  state jsonb not null,
  updated_at timestamptz not null default now(),
  primary key (org_id, equipment_id, recipe_hash)
);
--> statement-breakpoint
alter table equipment enable row level security;
--> statement-breakpoint
alter table equipment force row level security;
--> statement-breakpoint
create policy organisation on equipment
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table calibrations enable row level security;
--> statement-breakpoint
alter table calibrations force row level security;
--> statement-breakpoint
create policy organisation on calibrations
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table sops enable row level security;
--> statement-breakpoint
alter table sops force row level security;
--> statement-breakpoint
create policy organisation on sops
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table sop_approvals enable row level security;
--> statement-breakpoint
alter table sop_approvals force row level security;
--> statement-breakpoint
create policy organisation on sop_approvals
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table recipes enable row level security;
--> statement-breakpoint
alter table recipes force row level security;
--> statement-breakpoint
create policy organisation on recipes
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table wafer_records enable row level security;
--> statement-breakpoint
alter table wafer_records force row level security;
--> statement-breakpoint
create policy organisation on wafer_records
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table spc_points enable row level security;
--> statement-breakpoint
alter table spc_points force row level security;
--> statement-breakpoint
create policy organisation on spc_points
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table run_to_run enable row level security;
--> statement-breakpoint
alter table run_to_run force row level security;
--> statement-breakpoint
create policy organisation on run_to_run
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
