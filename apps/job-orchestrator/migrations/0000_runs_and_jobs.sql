create table runs (
  run_id text primary key,
  org_id uuid not null,
  process text not null,
  recipe jsonb not null,
  recipe_hash text not null,
  wafers jsonb not null,
  lot_id text,
  comments text,
  sop_id uuid not null,
  source_run_id text,
  time_scale double precision not null,
  seed integer not null,
  -- As the process service prepared it, kept so that a retry needs no second preparation.
  prepared jsonb not null,
  outcome jsonb,
  created_by text not null,
  created_at timestamptz not null
);
--> statement-breakpoint
create table jobs (
  job_id uuid primary key,
  org_id uuid not null,
  run_id text references runs (run_id),
  process text,
  user_id text not null,
  job_type text not null,
  queue text not null,
  priority smallint not null check (priority between 0 and 10),
  -- Settles the order of jobs created in the same millisecond.
  sequence bigint generated always as identity,
  -- Place in the organisation's line: time of creation less the head start of the priority, in ms.
  rank_ms double precision not null,
  -- The candidate tools in one word: the dispatcher looks at the front of each lane.
  lane text not null,
  equipment_ids text[] not null,
  equipment_id text,
  expected_s double precision not null,
  status text not null
    check (status in ('queued', 'running', 'retrying', 'held', 'completed', 'failed', 'cancelled')),
  cancel_requested boolean not null default false,
  cancel_reason text,
  time_limit_hit boolean not null default false,
  progress double precision not null default 0 check (progress between 0 and 100),
  current_step text not null default 'Queued',
  eta_s double precision,
  attempt integer not null default 0,
  ended_by_worker boolean not null default false,
  retry_count integer not null default 0,
  max_retries integer not null,
  retry_of uuid,
  dispatch integer not null default 0,
  dispatched_at timestamptz,
  worker_id text,
  lease_expires_at timestamptz,
  run_at timestamptz,
  started_at timestamptz,
  attempt_started_at timestamptz,
  completed_at timestamptz,
  error_message text,
  error_code text,
  held_reason text,
  checkpoint jsonb,
  log_lines integer not null default 0,
  traceparent text not null,
  created_at timestamptz not null,
  check (status <> 'running' or (dispatched_at is not null and lease_expires_at is not null)),
  check (status in ('queued', 'retrying', 'running') or dispatched_at is null)
) with (fillfactor = 80);
--> statement-breakpoint
create unique index jobs_run on jobs (run_id) where run_id is not null;
--> statement-breakpoint
create index jobs_line on jobs (queue, org_id, lane, rank_ms, sequence)
  where status in ('queued', 'retrying') and dispatched_at is null;
--> statement-breakpoint
create index jobs_active on jobs (queue) where dispatched_at is not null;
--> statement-breakpoint
create unique index jobs_one_per_tool on jobs (org_id, equipment_id)
  where dispatched_at is not null and equipment_id is not null;
--> statement-breakpoint
create index jobs_due on jobs (run_at) where status = 'retrying';
--> statement-breakpoint
create index jobs_by_age on jobs (org_id, created_at desc);
--> statement-breakpoint
create index jobs_by_process on jobs (org_id, process, created_at desc);
--> statement-breakpoint
create index jobs_by_status on jobs (org_id, status, created_at desc);
--> statement-breakpoint
create table attempts (
  job_id uuid not null references jobs (job_id),
  attempt integer not null,
  org_id uuid not null,
  worker_id text not null,
  equipment_id text,
  lease_token integer not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  ending text,
  error text,
  primary key (job_id, attempt)
);
--> statement-breakpoint
create table equipment_leases (
  org_id uuid not null,
  equipment_id text not null,
  -- Grows by one with each grant; the tool refuses lower ones.
  token integer not null,
  job_id uuid,
  granted_at timestamptz not null,
  released_at timestamptz,
  primary key (org_id, equipment_id)
);
--> statement-breakpoint
create table job_logs (
  job_id uuid not null references jobs (job_id),
  line integer not null,
  org_id uuid not null,
  attempt integer not null,
  at timestamptz not null,
  level text not null,
  message text not null,
  primary key (job_id, line)
);
--> statement-breakpoint
create table artifacts (
  artifact_id uuid primary key,
  org_id uuid not null,
  job_id uuid not null references jobs (job_id),
  run_id text references runs (run_id),
  attempt integer not null,
  kind text not null,
  name text not null,
  media_type text not null,
  size_bytes bigint not null,
  sha256 text not null,
  uri text not null,
  created_at timestamptz not null
);
--> statement-breakpoint
create index artifacts_by_job on artifacts (job_id);
--> statement-breakpoint
create table dead_letters (
  dead_letter_id uuid primary key,
  org_id uuid not null,
  job_id uuid not null references jobs (job_id),
  run_id text,
  reason text not null,
  code text,
  attempts integer not null,
  created_at timestamptz not null,
  redriven_at timestamptz
);
--> statement-breakpoint
create index dead_letters_by_age on dead_letters (org_id, created_at desc);
--> statement-breakpoint
create table outbox (
  sequence bigint generated always as identity primary key,
  -- The stream's dedupe id: a message published twice is stored once.
  message_id text not null,
  org_id uuid not null,
  job_id uuid not null,
  subject text not null,
  payload text not null,
  created_at timestamptz not null default now(),
  published_at timestamptz
);
--> statement-breakpoint
create index outbox_unpublished on outbox (sequence) where published_at is null;
--> statement-breakpoint
create index outbox_published on outbox (published_at) where published_at is not null;
--> statement-breakpoint
create table idempotency_keys (
  org_id uuid not null,
  user_id text not null,
  key text not null,
  body_hash text not null,
  answer jsonb,
  created_at timestamptz not null default now(),
  primary key (org_id, user_id, key)
);
--> statement-breakpoint
create index idempotency_keys_by_age on idempotency_keys (created_at);
--> statement-breakpoint
-- When each stream was made, as last seen: a younger stream under the same name was wiped meanwhile.
create table stream_marks (
  stream text primary key,
  stream_created_at timestamptz not null
);
--> statement-breakpoint
alter table runs enable row level security;
--> statement-breakpoint
alter table runs force row level security;
--> statement-breakpoint
create policy runs_of_organisation on runs to public
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table jobs enable row level security;
--> statement-breakpoint
alter table jobs force row level security;
--> statement-breakpoint
create policy jobs_of_organisation on jobs to public
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table attempts enable row level security;
--> statement-breakpoint
alter table attempts force row level security;
--> statement-breakpoint
create policy attempts_of_organisation on attempts to public
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table equipment_leases enable row level security;
--> statement-breakpoint
alter table equipment_leases force row level security;
--> statement-breakpoint
create policy equipment_leases_of_organisation on equipment_leases to public
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table job_logs enable row level security;
--> statement-breakpoint
alter table job_logs force row level security;
--> statement-breakpoint
create policy job_logs_of_organisation on job_logs to public
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table artifacts enable row level security;
--> statement-breakpoint
alter table artifacts force row level security;
--> statement-breakpoint
create policy artifacts_of_organisation on artifacts to public
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table dead_letters enable row level security;
--> statement-breakpoint
alter table dead_letters force row level security;
--> statement-breakpoint
create policy dead_letters_of_organisation on dead_letters to public
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table outbox enable row level security;
--> statement-breakpoint
alter table outbox force row level security;
--> statement-breakpoint
create policy outbox_of_organisation on outbox to public
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table idempotency_keys enable row level security;
--> statement-breakpoint
alter table idempotency_keys force row level security;
--> statement-breakpoint
create policy idempotency_keys_of_organisation on idempotency_keys to public
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
