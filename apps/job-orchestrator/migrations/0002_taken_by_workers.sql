-- Workers ask for jobs, and get them claimed: nothing is on its way between the dispatch and the claim any more.
update jobs set dispatched_at = null where dispatched_at is not null and status in ('queued', 'retrying');
--> statement-breakpoint
delete from outbox where subject like 'jobs.%';
