-- Jobs that wait for other jobs: they stand in no queue, so that the dispatcher never looks at them.
alter table jobs drop constraint jobs_status_check,
  add constraint jobs_status_check
    check (status in ('blocked', 'queued', 'running', 'retrying', 'held', 'completed', 'failed', 'cancelled'));
--> statement-breakpoint
-- The job whose worker asked for this one; cancelling it cancels this one.
alter table jobs add column parent_job_id uuid;
--> statement-breakpoint
create index jobs_blocked on jobs (job_id) where status = 'blocked';
--> statement-breakpoint
create index jobs_active_children on jobs (parent_job_id)
  where parent_job_id is not null and status in ('blocked', 'queued', 'running', 'retrying', 'held');
--> statement-breakpoint
create table job_dependencies (
  job_id uuid not null references jobs (job_id) on delete cascade,
  depends_on_job_id uuid not null references jobs (job_id) on delete cascade,
  org_id uuid not null,
  on_failure text not null check (on_failure in ('hold', 'cancel')),
  primary key (job_id, depends_on_job_id)
);
--> statement-breakpoint
create index job_dependencies_upstream on job_dependencies (depends_on_job_id);
--> statement-breakpoint
alter table job_dependencies enable row level security;
--> statement-breakpoint
alter table job_dependencies force row level security;
--> statement-breakpoint
create policy job_dependencies_of_organisation on job_dependencies to public
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
