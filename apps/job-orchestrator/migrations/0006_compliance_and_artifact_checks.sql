-- How a run was judged at the end of each attempt. Nobody changes or removes a judgement.
create table compliance_reports (
  run_id text not null references runs (run_id),
  attempt integer not null,
  org_id uuid not null,
  report jsonb not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (run_id, attempt)
);
--> statement-breakpoint
revoke update, delete, truncate on compliance_reports from spectra_orchestrator, spectra_orchestrator_system;
--> statement-breakpoint
alter table compliance_reports enable row level security;
--> statement-breakpoint
alter table compliance_reports force row level security;
--> statement-breakpoint
create policy compliance_reports_of_organisation on compliance_reports to public
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
-- When an artifact's bytes were last compared with its row, and what was found.
create table artifact_checks (
  artifact_id uuid primary key references artifacts (artifact_id) on delete cascade,
  org_id uuid not null,
  state text not null check (state in ('kept', 'missing', 'wrong_size', 'wrong_sha256')),
  -- Null until its bytes were read once.
  bytes_checked_at timestamptz,
  -- Of the present state; a loss that heals begins anew.
  since timestamptz not null,
  checked_at timestamptz not null,
  detail text
);
--> statement-breakpoint
create index artifact_checks_due on artifact_checks (bytes_checked_at nulls first);
--> statement-breakpoint
create index artifact_checks_faults on artifact_checks (state) where state <> 'kept';
--> statement-breakpoint
-- Objects that no row names, until they are adopted or, where they are no record of a run, removed.
create table artifact_orphans (
  key text primary key,
  org_id uuid not null,
  size_bytes bigint not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  ending text check (ending in ('adopted', 'removed', 'gone')),
  ended_at timestamptz
);
--> statement-breakpoint
create index artifact_orphans_open on artifact_orphans (first_seen_at) where ending is null;
--> statement-breakpoint
alter table artifact_checks enable row level security;
--> statement-breakpoint
alter table artifact_checks force row level security;
--> statement-breakpoint
create policy artifact_checks_of_organisation on artifact_checks to public
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table artifact_orphans enable row level security;
--> statement-breakpoint
alter table artifact_orphans force row level security;
--> statement-breakpoint
create policy artifact_orphans_of_organisation on artifact_orphans to public
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
