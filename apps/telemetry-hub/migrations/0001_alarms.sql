-- An alarm is of a tool and a source, not of a run: what comes again counts up.
alter table alarms rename to alerts_by_run;
--> statement-breakpoint
alter index alarms_by_change rename to alerts_by_run_change;
--> statement-breakpoint
alter table alerts_by_run rename constraint alarms_pkey to alerts_by_run_pkey;
--> statement-breakpoint
create table alarms (
  org_id uuid not null,
  alarm_id text not null,
  process text not null,
  equipment_id text not null,
  source text not null,
  parameter text not null,
  severity text not null check (severity in ('info', 'warning', 'critical')),
  state text not null check (state in ('raised', 'acknowledged', 'shelved', 'cleared')),
  active boolean not null,
  latched boolean not null,
  occurrences integer not null check (occurrences >= 1),
  run_id text not null,
  -- The newest raising or clearing; json keeps the text as it came, jsonb refuses some of it.
  alert json not null,
  first_raised_at timestamptz not null,
  raised_at timestamptz not null,
  cleared_at timestamptz,
  changed_at timestamptz not null,
  acknowledged_by text,
  acknowledged_at timestamptz,
  acknowledge_comment text,
  shelved_by text,
  shelved_at timestamptz,
  shelved_until timestamptz,
  shelve_reason text,
  primary key (org_id, alarm_id)
);
--> statement-breakpoint
create index alarms_by_change on alarms (org_id, changed_at desc);
--> statement-breakpoint
create index alarms_by_run on alarms (org_id, run_id) where active;
--> statement-breakpoint
create index alarms_by_shelf on alarms (shelved_until) where shelved_until is not null;
--> statement-breakpoint
-- Every change of an alarm. What people and the clock did is told to the run's stream afterwards: `told` makes this the outbox.
create table alarm_changes (
  org_id uuid not null,
  change_id bigint generated always as identity,
  alarm_id text not null,
  run_id text not null,
  event text not null check (event in ('raise', 'clear', 'acknowledge', 'shelve', 'unshelve')),
  from_state text,
  to_state text not null,
  value double precision,
  by text,
  comment text not null,
  at timestamptz not null,
  told boolean not null,
  primary key (org_id, change_id),
  foreign key (org_id, alarm_id) references alarms (org_id, alarm_id)
);
--> statement-breakpoint
create index alarm_changes_by_alarm on alarm_changes (org_id, alarm_id, change_id desc);
--> statement-breakpoint
create index alarm_changes_by_run on alarm_changes (org_id, run_id);
--> statement-breakpoint
create index alarm_changes_untold on alarm_changes (change_id) where not told;
--> statement-breakpoint
insert into alarms (org_id, alarm_id, process, equipment_id, source, parameter, severity, state, active, latched,
                    occurrences, run_id, alert, first_raised_at, raised_at, cleared_at, changed_at)
select org_id, alarm_id, process, alert->>'equipment_id', alarm_id, alert->>'parameter', severity,
       'cleared', false, false, 1, run_id, alert, raised_at, raised_at, changed_at, changed_at
  from (select *, row_number() over (partition by org_id, alarm_id order by changed_at desc) as newest from alerts_by_run) as old
 where newest = 1;
--> statement-breakpoint
drop table alerts_by_run;
--> statement-breakpoint
alter table alarms enable row level security;
--> statement-breakpoint
alter table alarms force row level security;
--> statement-breakpoint
create policy alarms_of_org on alarms
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table alarm_changes enable row level security;
--> statement-breakpoint
alter table alarm_changes force row level security;
--> statement-breakpoint
create policy alarm_changes_of_org on alarm_changes
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
