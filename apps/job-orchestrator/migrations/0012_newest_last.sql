-- Lists show the newest first, and an index is read from either end. A page that only ever grows at its right end is filled
-- before the next is begun; at the left end, each is halved again and again.
drop index jobs_tools_by_age;
--> statement-breakpoint
create index jobs_tools_by_age on jobs (org_id, created_at, sequence) include (job_id, tool_name)
  where tool_name is not null;
--> statement-breakpoint
drop index jobs_by_age;
--> statement-breakpoint
create index jobs_by_age on jobs (org_id, created_at, sequence) include (job_id) where tool_name is null;
--> statement-breakpoint
drop index jobs_by_process;
--> statement-breakpoint
create index jobs_by_process on jobs (org_id, process, created_at, sequence) include (job_id)
  where process is not null;
--> statement-breakpoint
drop index jobs_by_status;
--> statement-breakpoint
create index jobs_by_status on jobs (org_id, status, created_at, sequence) include (job_id)
  where status <> 'completed' and status <> 'running';
