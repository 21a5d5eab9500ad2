-- Who may enter, and what was done: the records of the gateway.
create table organisations (
  org_id uuid primary key,
  name text not null,
  created_at timestamptz not null default now()
);
--> statement-breakpoint
create table users (
  org_id uuid not null references organisations (org_id),
  user_id uuid not null,
  email text not null,
  name text not null,
  role text not null check (role in ('admin', 'engineer', 'operator', 'viewer', 'annotator')),
  password_hash text not null,
  token_version integer not null default 0,
  disabled boolean not null default false,
  created_at timestamptz not null default now(),
  last_login_at timestamptz,
  primary key (org_id, user_id)
);
--> statement-breakpoint
-- Not led by org_id on purpose: whoever signs in names an address and no organisation.
create unique index users_by_email on users (lower(email));
--> statement-breakpoint
create table sessions (
  org_id uuid not null,
  session_id uuid not null,
  user_id uuid not null,
  authenticated_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoked_reason text,
  primary key (org_id, session_id),
  foreign key (org_id, user_id) references users (org_id, user_id)
);
--> statement-breakpoint
create index sessions_by_user on sessions (org_id, user_id);
--> statement-breakpoint
create table refresh_tokens (
  org_id uuid not null,
  token_hash bytea not null,
  session_id uuid not null,
  created_at timestamptz not null,
  used_at timestamptz,
  child_hash bytea,
  -- The child, readable only with the parent itself.
  sealed_child bytea,
  primary key (org_id, token_hash),
  foreign key (org_id, session_id) references sessions (org_id, session_id)
);
--> statement-breakpoint
create index refresh_tokens_by_hash on refresh_tokens (token_hash);
--> statement-breakpoint
create index refresh_tokens_by_session on refresh_tokens (org_id, session_id);
--> statement-breakpoint
create table api_keys (
  org_id uuid not null references organisations (org_id),
  api_key_id uuid not null,
  name text not null,
  key_hash bytea not null,
  hint text not null,
  role text not null check (role in ('admin', 'engineer', 'operator', 'viewer', 'annotator')),
  scopes jsonb not null,
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz,
  primary key (org_id, api_key_id)
);
--> statement-breakpoint
create index api_keys_by_hash on api_keys (key_hash);
--> statement-breakpoint
create table audit_entries (
  org_id uuid not null references organisations (org_id),
  seq bigint not null,
  at text not null,
  actor text not null,
  role text not null,
  action text not null,
  path text not null,
  outcome text not null,
  trace_id text not null,
  address text not null,
  body_sha256 text,
  previous_hash text not null,
  hash text not null,
  primary key (org_id, seq)
);
--> statement-breakpoint
-- Insert only: no role of the gateway may change or remove an entry.
revoke update, delete, truncate on audit_entries from spectra_gateway, spectra_gateway_system;
--> statement-breakpoint
alter table organisations enable row level security;
--> statement-breakpoint
alter table organisations force row level security;
--> statement-breakpoint
create policy organisations_of_caller on organisations
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table users enable row level security;
--> statement-breakpoint
alter table users force row level security;
--> statement-breakpoint
create policy users_of_caller on users
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table sessions enable row level security;
--> statement-breakpoint
alter table sessions force row level security;
--> statement-breakpoint
create policy sessions_of_caller on sessions
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table refresh_tokens enable row level security;
--> statement-breakpoint
alter table refresh_tokens force row level security;
--> statement-breakpoint
create policy refresh_tokens_of_caller on refresh_tokens
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table api_keys enable row level security;
--> statement-breakpoint
alter table api_keys force row level security;
--> statement-breakpoint
create policy api_keys_of_caller on api_keys
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table audit_entries enable row level security;
--> statement-breakpoint
alter table audit_entries force row level security;
--> statement-breakpoint
create policy audit_entries_of_caller on audit_entries
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
