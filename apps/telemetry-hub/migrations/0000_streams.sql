-- Where each run's stream stands. Its row is locked while messages get their numbers.
create table run_streams (
  org_id uuid not null,
  run_id text not null,
  process text not null,
  last_seq bigint not null,
  ended boolean not null,
  updated_at timestamptz not null default now(),
  primary key (org_id, run_id)
);
--> statement-breakpoint
-- Every message of a run's stream, in the very text that viewers get.
create table stream_messages (
  org_id uuid not null,
  run_id text not null,
  seq bigint not null,
  message_id text not null,
  type text not null,
  at timestamptz not null,
  body text not null,
  stored_at timestamptz not null default now(),
  primary key (org_id, run_id, seq)
);
--> statement-breakpoint
create unique index stream_messages_once on stream_messages (org_id, run_id, message_id);
--> statement-breakpoint
-- Rows arrive in the order of their age, so a block range index finds the old ones at almost no cost.
create index stream_messages_by_age on stream_messages using brin (stored_at);
--> statement-breakpoint
create table alarms (
  org_id uuid not null,
  run_id text not null,
  alarm_id text not null,
  process text not null,
  state text not null check (state in ('raised', 'acknowledged', 'cleared')),
  severity text not null,
  -- json keeps the text as it came; jsonb refuses some of it.
  alert json not null,
  raised_at timestamptz not null,
  changed_at timestamptz not null,
  primary key (org_id, run_id, alarm_id)
);
--> statement-breakpoint
create index alarms_by_change on alarms (org_id, changed_at desc);
--> statement-breakpoint
create table used_tickets (
  org_id uuid not null,
  ticket_id text not null,
  expires_at timestamptz not null,
  primary key (org_id, ticket_id)
);
--> statement-breakpoint
-- How far the hub has read the stream server; committed together with what it read.
create table ingest_positions (
  stream text primary key,
  stream_created text not null,
  sequence bigint not null
);
--> statement-breakpoint
alter table run_streams enable row level security;
--> statement-breakpoint
alter table run_streams force row level security;
--> statement-breakpoint
create policy run_streams_of_org on run_streams
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table stream_messages enable row level security;
--> statement-breakpoint
alter table stream_messages force row level security;
--> statement-breakpoint
create policy stream_messages_of_org on stream_messages
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table alarms enable row level security;
--> statement-breakpoint
alter table alarms force row level security;
--> statement-breakpoint
create policy alarms_of_org on alarms
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table used_tickets enable row level security;
--> statement-breakpoint
alter table used_tickets force row level security;
--> statement-breakpoint
create policy used_tickets_of_org on used_tickets
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table ingest_positions enable row level security;
--> statement-breakpoint
alter table ingest_positions force row level security;
--> statement-breakpoint
create policy ingest_positions_of_system on ingest_positions
  using (current_user like 'spectra\_%\_system')
  with check (current_user like 'spectra\_%\_system');
