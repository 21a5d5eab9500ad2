-- Answers to changes that came with an idempotency key, where the service behind keeps none. Without a status the first
-- request under the key is at work, or was cut off.
create table kept_answers (
  org_id uuid not null references organisations (org_id),
  user_id text not null,
  key text not null,
  request_sha256 text not null,
  claimed_at timestamptz not null default clock_timestamp(),
  status integer,
  answer text,
  primary key (org_id, user_id, key)
);
--> statement-breakpoint
create index kept_answers_by_age on kept_answers (org_id, claimed_at);
--> statement-breakpoint
alter table kept_answers enable row level security;
--> statement-breakpoint
alter table kept_answers force row level security;
--> statement-breakpoint
create policy kept_answers_of_caller on kept_answers
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
