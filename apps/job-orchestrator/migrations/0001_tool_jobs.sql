-- Jobs without a run: one of the tool registry, kept until it expires.
alter table jobs add column tool_name varchar(100);
--> statement-breakpoint
alter table jobs add column expires_at timestamptz;
--> statement-breakpoint
alter table jobs add constraint jobs_tool_expires check (tool_name is null or expires_at is not null);
--> statement-breakpoint
create index jobs_tools_by_age on jobs (org_id, created_at desc, sequence desc) where tool_name is not null;
--> statement-breakpoint
create index jobs_tools_by_name on jobs (org_id, tool_name, created_at desc) where tool_name is not null;
--> statement-breakpoint
create index jobs_tools_expired on jobs (expires_at)
  where tool_name is not null and status in ('completed', 'failed', 'cancelled');
--> statement-breakpoint
create index jobs_by_trace on jobs (split_part(traceparent, '-', 2)) where tool_name is not null;
--> statement-breakpoint
-- Beside the job, since they are large and most changes of a job do not touch them.
create table tool_calls (
  job_id uuid primary key references jobs (job_id) on delete cascade,
  org_id uuid not null,
  parameters jsonb not null,
  -- Null until there is a result; `artifact` says that it lies in the object store.
  result_encoding text check (result_encoding in ('json', 'gzip', 'artifact')),
  result jsonb,
  result_gzip bytea,
  result_bytes bigint,
  check ((result_encoding = 'gzip') = (result_gzip is not null))
);
--> statement-breakpoint
alter table attempts drop constraint attempts_job_id_fkey,
  add constraint attempts_job_id_fkey foreign key (job_id) references jobs (job_id) on delete cascade;
--> statement-breakpoint
alter table job_logs drop constraint job_logs_job_id_fkey,
  add constraint job_logs_job_id_fkey foreign key (job_id) references jobs (job_id) on delete cascade;
--> statement-breakpoint
alter table artifacts drop constraint artifacts_job_id_fkey,
  add constraint artifacts_job_id_fkey foreign key (job_id) references jobs (job_id) on delete cascade;
--> statement-breakpoint
alter table dead_letters drop constraint dead_letters_job_id_fkey,
  add constraint dead_letters_job_id_fkey foreign key (job_id) references jobs (job_id) on delete cascade;
--> statement-breakpoint
create index dead_letters_by_job on dead_letters (job_id);
--> statement-breakpoint
alter table tool_calls enable row level security;
--> statement-breakpoint
alter table tool_calls force row level security;
--> statement-breakpoint
create policy tool_calls_of_organisation on tool_calls to public
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
