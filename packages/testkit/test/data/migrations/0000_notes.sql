create table notes (
  id bigint generated always as identity primary key,
  org_id uuid not null,
  body text not null
);
--> statement-breakpoint
alter table notes enable row level security;
--> statement-breakpoint
alter table notes force row level security;
--> statement-breakpoint
create policy notes_by_org on notes
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
create table settings (name text primary key, value text not null);
