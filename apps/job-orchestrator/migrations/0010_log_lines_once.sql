-- Lines of the attempts before the present one: a worker counts those of its own, so that none is kept twice.
alter table jobs add column log_lines_before integer not null default 0;
--> statement-breakpoint
update jobs set log_lines_before = log_lines where status = 'running';
