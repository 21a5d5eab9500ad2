-- Charts over runs: which limits judged a point, which rules it broke, and of which wafer and recipe family it is.
alter table spc_points add column wafer_index integer not null default 0;
--> statement-breakpoint
alter table spc_points add column wafer_id text;
--> statement-breakpoint
alter table spc_points add column family text not null default '';
--> statement-breakpoint
alter table spc_points add column limit_id uuid;
--> statement-breakpoint
alter table spc_points add column rules integer[] not null default '{}';
--> statement-breakpoint
create index spc_points_by_family on spc_points (org_id, chart, equipment_id, family, recorded_at desc);
--> statement-breakpoint
-- Frozen limits. Rows are only added: the highest version of a chart is in force. An empty family means every recipe.
create table spc_limits (
  org_id uuid not null,
  limit_id uuid not null default gen_random_uuid(),
  chart text not null,
  equipment_id text not null,
  family text not null default '',
  version integer not null check (version >= 1),
  center double precision not null,
  sigma double precision not null check (sigma > 0),
  method text not null,
  rules text not null check (rules in ('nelson', 'western_electric', 'limits_only')),
  spec_lower double precision,
  spec_upper double precision,
  spec_target double precision,
  phase_one jsonb,
  capability jsonb,
  comment text not null,
  created_by text not null,
  created_at timestamptz not null,
  primary key (org_id, limit_id),
  unique (org_id, chart, equipment_id, family, version),
  foreign key (org_id, equipment_id) references equipment (org_id, equipment_id)
);
--> statement-breakpoint
-- Per wafer of a completed run: what its channels did, for detection across channels.
create table fdc_wafers (
  org_id uuid not null,
  run_id text not null,
  wafer_index integer not null,
  wafer_id text not null,
  equipment_id text not null,
  family text not null,
  features jsonb not null,
  -- Nothing else spoke against the wafer: only such rows are learnt from.
  good boolean not null,
  model_id uuid,
  score jsonb,
  faulty boolean,
  recorded_at timestamptz not null,
  primary key (org_id, run_id, wafer_index)
);
--> statement-breakpoint
create index fdc_wafers_by_family on fdc_wafers (org_id, equipment_id, family, recorded_at desc);
--> statement-breakpoint
create table fdc_models (
  org_id uuid not null,
  model_id uuid not null default gen_random_uuid(),
  equipment_id text not null,
  family text not null,
  version integer not null check (version >= 1),
  stage text not null check (stage in ('learning', 'active', 'retired')),
  model jsonb not null,
  learnt_from jsonb not null,
  created_by text not null,
  created_at timestamptz not null,
  stage_changed_by text not null,
  stage_changed_at timestamptz not null,
  primary key (org_id, model_id),
  unique (org_id, equipment_id, family, version),
  foreign key (org_id, equipment_id) references equipment (org_id, equipment_id)
);
--> statement-breakpoint
create unique index fdc_models_one_active on fdc_models (org_id, equipment_id, family) where stage = 'active';
--> statement-breakpoint
alter table spc_limits enable row level security;
--> statement-breakpoint
alter table spc_limits force row level security;
--> statement-breakpoint
create policy organisation on spc_limits
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table fdc_wafers enable row level security;
--> statement-breakpoint
alter table fdc_wafers force row level security;
--> statement-breakpoint
create policy organisation on fdc_wafers
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table fdc_models enable row level security;
--> statement-breakpoint
alter table fdc_models force row level security;
--> statement-breakpoint
create policy organisation on fdc_models
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
