-- Migrations run as the owner, who sees no row of a table that forces its policies.
alter table jobs no force row level security;
--> statement-breakpoint
alter table tool_calls no force row level security;
--> statement-breakpoint
alter table attempts no force row level security;
--> statement-breakpoint
alter table cost_entries no force row level security;
--> statement-breakpoint
alter table runs no force row level security;
--> statement-breakpoint
alter table job_counts no force row level security;
--> statement-breakpoint
-- What a tool was asked and what it answered stands in the row of its job: one row is written where two were.
alter table jobs
  add column parameters jsonb,
  -- Null until there is a result; `artifact` says that it lies in the object store.
  add column result_encoding text,
  add column result jsonb,
  add column result_gzip bytea,
  add column result_bytes bigint;
--> statement-breakpoint
update jobs j set parameters = c.parameters, result_encoding = c.result_encoding, result = c.result,
    result_gzip = c.result_gzip, result_bytes = c.result_bytes
  from tool_calls c where c.job_id = j.job_id;
--> statement-breakpoint
-- One check for each matter, since every statement that writes a job reads them anew.
alter table jobs
  drop constraint jobs_tool_expires,
  add constraint jobs_of_tools check (tool_name is null or (expires_at is not null and parameters is not null)),
  add constraint jobs_results check (
    case when result_encoding is null then result_gzip is null
      else result_encoding in ('json', 'gzip', 'artifact') and (result_encoding = 'gzip') = (result_gzip is not null)
    end);
--> statement-breakpoint
drop table tool_calls;
--> statement-breakpoint
-- The ledger says of each ended attempt who made it and from when on, so that no second row has to.
alter table cost_entries
  add column worker_id text,
  add column lease_token integer,
  add column started_at timestamptz,
  add column error text;
--> statement-breakpoint
alter table cost_entries disable trigger cost_entries_append_only;
--> statement-breakpoint
update cost_entries c set worker_id = a.worker_id, lease_token = a.lease_token, started_at = a.started_at,
    error = a.error
  from attempts a where c.kind = 'attempt' and a.job_id = c.job_id and a.attempt = c.attempt;
--> statement-breakpoint
alter table cost_entries enable trigger cost_entries_append_only;
--> statement-breakpoint
-- Those that ended before there was a ledger.
insert into cost_entries (org_id, kind, job_id, attempt, run_id, process, job_type, tool_name, equipment_id, user_id,
    ended_at, ending, tool_s, compute_s, runs, wafers, worker_id, lease_token, started_at, error)
  select a.org_id, 'attempt', a.job_id, a.attempt, j.run_id, j.process, j.job_type, j.tool_name, a.equipment_id,
    j.user_id, a.ended_at, coalesce(a.ending, 'unknown'),
    case when a.equipment_id is null then 0 else extract(epoch from a.ended_at - a.started_at) end,
    case when a.equipment_id is null then extract(epoch from a.ended_at - a.started_at) else 0 end,
    case when r.run_id is null then 0 else 1 end,
    case when r.run_id is null then 0 else jsonb_array_length(r.wafers) end,
    a.worker_id, a.lease_token, a.started_at, a.error
  from attempts a join jobs j on j.job_id = a.job_id
    left join runs r on r.run_id = j.run_id and a.ending = 'completed'
  where a.ended_at is not null
  on conflict do nothing;
--> statement-breakpoint
drop table attempts;
--> statement-breakpoint
-- Every attempt of the jobs that are kept: those that ended, by the ledger, and those that go on, by their jobs.
create view attempts with (security_invoker = true) as
  select c.job_id, c.attempt, c.org_id, coalesce(c.worker_id, '') as worker_id, c.equipment_id,
    coalesce(c.lease_token, 0) as lease_token, coalesce(c.started_at, c.ended_at) as started_at, c.ended_at, c.ending,
    c.error
  from cost_entries c join jobs j on j.job_id = c.job_id
  where c.kind = 'attempt'
  union all
  select j.job_id, j.attempt, j.org_id, coalesce(j.worker_id, ''), j.equipment_id, coalesce(l.token, 0),
    j.attempt_started_at, null, null, null
  from jobs j left join equipment_leases l on l.org_id = j.org_id and l.equipment_id = j.equipment_id
  where j.dispatched_at is not null;
--> statement-breakpoint
-- The name of the tool stands beside the age, so that a job has one index less to be written into at its end.
drop index jobs_tools_by_name;
--> statement-breakpoint
drop index jobs_tools_by_age;
--> statement-breakpoint
create index jobs_tools_by_age on jobs (org_id, created_at desc, sequence desc, job_id) include (tool_name)
  where tool_name is not null;
--> statement-breakpoint
-- A trace is only ever looked for as a whole.
drop index jobs_by_trace;
--> statement-breakpoint
create index jobs_by_trace on jobs using hash (split_part(traceparent, '-', 2))
  where tool_name is not null and status in ('completed', 'failed', 'cancelled');
--> statement-breakpoint
-- A job that starts at once is not written into the index by status, only to be taken out again: who runs is known.
drop index jobs_by_status;
--> statement-breakpoint
create index jobs_by_status on jobs (org_id, status, created_at desc, sequence desc, job_id)
  where status <> 'completed' and status <> 'running';
--> statement-breakpoint
-- Entries come and go with each job. Merged ones could only be swept together; each by itself is passed over as soon as
-- it is dead, and gives its room to the next.
alter index jobs_active set (deduplicate_items = off);
--> statement-breakpoint
reindex index jobs_active;
--> statement-breakpoint
alter index jobs_line set (deduplicate_items = off);
--> statement-breakpoint
reindex index jobs_line;
--> statement-breakpoint
-- Jobs from before there were counts were never counted, for that reason.
delete from job_counts;
--> statement-breakpoint
insert into job_counts (org_id, job_type, process, status, jobs)
  select org_id, job_type, coalesce(process, ''), status, count(*) from jobs group by 1, 2, 3, 4;
--> statement-breakpoint
alter table jobs force row level security;
--> statement-breakpoint
alter table cost_entries force row level security;
--> statement-breakpoint
alter table runs force row level security;
--> statement-breakpoint
alter table job_counts force row level security;
