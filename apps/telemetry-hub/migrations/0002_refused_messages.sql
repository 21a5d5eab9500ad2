-- Messages of the stream that have no place in any run's stream, whole and with the reason. Kept once, however often they
-- are read.
create table refused_messages (
  refused_id uuid primary key default gen_random_uuid(),
  org_id uuid not null,
  stream_created text not null,
  sequence bigint not null,
  subject text not null,
  reason text not null,
  payload bytea not null,
  refused_at timestamptz not null default now(),
  redriven_at timestamptz,
  redrives integer not null default 0,
  unique (stream_created, sequence)
);
--> statement-breakpoint
create index refused_messages_by_age on refused_messages (org_id, refused_at desc);
--> statement-breakpoint
alter table refused_messages enable row level security;
--> statement-breakpoint
alter table refused_messages force row level security;
--> statement-breakpoint
create policy refused_messages_of_org on refused_messages
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
