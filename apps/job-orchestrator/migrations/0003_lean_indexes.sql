-- An index costs with every change of a job's status: what only history needs is kept of ended jobs, what only runs
-- need of runs, and completed jobs, which are nearly all, are found by their age.
drop index jobs_by_age;
--> statement-breakpoint
create index jobs_by_age on jobs (org_id, created_at desc, sequence desc, job_id) where tool_name is null;
--> statement-breakpoint
drop index jobs_tools_by_age;
--> statement-breakpoint
create index jobs_tools_by_age on jobs (org_id, created_at desc, sequence desc, job_id) where tool_name is not null;
--> statement-breakpoint
drop index jobs_by_process;
--> statement-breakpoint
create index jobs_by_process on jobs (org_id, process, created_at desc, sequence desc, job_id) where process is not null;
--> statement-breakpoint
drop index jobs_by_status;
--> statement-breakpoint
create index jobs_by_status on jobs (org_id, status, created_at desc, sequence desc, job_id) where status <> 'completed';
--> statement-breakpoint
drop index jobs_tools_by_name;
--> statement-breakpoint
create index jobs_tools_by_name on jobs (org_id, tool_name, created_at desc)
  where tool_name is not null and status in ('completed', 'failed', 'cancelled');
--> statement-breakpoint
drop index jobs_by_trace;
--> statement-breakpoint
create index jobs_by_trace on jobs (split_part(traceparent, '-', 2))
  where tool_name is not null and status in ('completed', 'failed', 'cancelled');
--> statement-breakpoint
drop index jobs_active;
--> statement-breakpoint
create index jobs_active on jobs (queue, org_id, equipment_id) where dispatched_at is not null;
--> statement-breakpoint
-- Room on each page for the next version of a row: progress is then rewritten without touching an index.
alter table jobs set (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
--> statement-breakpoint
alter table attempts set (fillfactor = 60);
--> statement-breakpoint
alter table tool_calls set (fillfactor = 60);
--> statement-breakpoint
-- Who asks is settled once for each statement, not once for each row.
alter policy jobs_of_organisation on jobs
  using (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) or (select current_user like 'spectra\_%\_system'))
  with check (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) or (select current_user like 'spectra\_%\_system'));
--> statement-breakpoint
alter policy attempts_of_organisation on attempts
  using (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) or (select current_user like 'spectra\_%\_system'))
  with check (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) or (select current_user like 'spectra\_%\_system'));
--> statement-breakpoint
alter policy tool_calls_of_organisation on tool_calls
  using (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) or (select current_user like 'spectra\_%\_system'))
  with check (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) or (select current_user like 'spectra\_%\_system'));
--> statement-breakpoint
alter policy runs_of_organisation on runs
  using (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) or (select current_user like 'spectra\_%\_system'))
  with check (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) or (select current_user like 'spectra\_%\_system'));
--> statement-breakpoint
alter policy equipment_leases_of_organisation on equipment_leases
  using (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) or (select current_user like 'spectra\_%\_system'))
  with check (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) or (select current_user like 'spectra\_%\_system'));
--> statement-breakpoint
alter policy outbox_of_organisation on outbox
  using (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) or (select current_user like 'spectra\_%\_system'))
  with check (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) or (select current_user like 'spectra\_%\_system'));
--> statement-breakpoint
alter policy idempotency_keys_of_organisation on idempotency_keys
  using (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) or (select current_user like 'spectra\_%\_system'))
  with check (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) or (select current_user like 'spectra\_%\_system'));
--> statement-breakpoint
alter policy job_logs_of_organisation on job_logs
  using (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) or (select current_user like 'spectra\_%\_system'))
  with check (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) or (select current_user like 'spectra\_%\_system'));
--> statement-breakpoint
alter policy artifacts_of_organisation on artifacts
  using (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) or (select current_user like 'spectra\_%\_system'))
  with check (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) or (select current_user like 'spectra\_%\_system'));
--> statement-breakpoint
-- Each of these rows is written by the one service that wrote its job, in a transaction that holds the job, and goes
-- with it; a check of the job for each row would read and lock it once more.
alter table attempts drop constraint attempts_job_id_fkey;
--> statement-breakpoint
alter table tool_calls drop constraint tool_calls_job_id_fkey;
--> statement-breakpoint
alter table job_logs drop constraint job_logs_job_id_fkey;
--> statement-breakpoint
-- Lists tell how many jobs there are in all without counting them: each transaction adds what it changed as a row of
-- its own, so that nobody waits for a counter, and the rows are summed up from time to time.
create table job_counts (
  sequence bigint generated always as identity primary key,
  org_id uuid not null,
  job_type text not null,
  -- Empty for a job without a run.
  process text not null,
  status text not null,
  jobs bigint not null
);
--> statement-breakpoint
create index job_counts_by_organisation on job_counts (org_id);
--> statement-breakpoint
insert into job_counts (org_id, job_type, process, status, jobs)
  select org_id, job_type, coalesce(process, ''), status, count(*) from jobs group by 1, 2, 3, 4;
--> statement-breakpoint
alter table job_counts enable row level security;
--> statement-breakpoint
alter table job_counts force row level security;
--> statement-breakpoint
create policy job_counts_of_organisation on job_counts to public
  using (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) or (select current_user like 'spectra\_%\_system'))
  with check (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) or (select current_user like 'spectra\_%\_system'));
