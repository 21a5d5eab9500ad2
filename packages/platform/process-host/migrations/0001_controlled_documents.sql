-- SOPs and recipes become documents with immutable versions and signatures; equipment and calibrations get a history.
create table documents (
  org_id uuid not null,
  document_id uuid not null default gen_random_uuid(),
  kind text not null check (kind in ('sop', 'recipe', 'override')),
  name text not null,
  latest_version integer not null default 1 check (latest_version >= 1),
  created_by text not null,
  created_at timestamptz not null,
  primary key (org_id, document_id)
);
--> statement-breakpoint
create unique index recipes_by_name on documents (org_id, lower(name)) where kind = 'recipe';
--> statement-breakpoint
create index documents_by_age on documents (org_id, kind, created_at desc, document_id desc);
--> statement-breakpoint
create table document_versions (
  org_id uuid not null,
  document_id uuid not null,
  version integer not null check (version >= 1),
  content jsonb not null,
  content_hash text not null,
  status text not null
    check (status in ('draft', 'submitted', 'approved', 'rejected', 'superseded', 'retired')),
  status_reason text,
  status_by text not null,
  status_at timestamptz not null,
  author text not null,
  contributors text[] not null,
  comment text,
  created_at timestamptz not null,
  submitted_at timestamptz,
  primary key (org_id, document_id, version),
  foreign key (org_id, document_id) references documents (org_id, document_id)
);
--> statement-breakpoint
create index document_versions_in_force on document_versions (org_id, document_id, version desc)
  where status = 'approved';
--> statement-breakpoint
create table signatures (
  org_id uuid not null,
  signature_id uuid not null default gen_random_uuid(),
  document_id uuid not null,
  version integer not null,
  signer text not null,
  meaning text not null,
  content_hash text not null,
  auth_method text not null,
  authenticated_at timestamptz not null,
  auth_age_s double precision not null,
  signed_at timestamptz not null,
  voided_at timestamptz,
  voided_by text,
  voided_reason text,
  primary key (org_id, signature_id),
  foreign key (org_id, document_id, version) references document_versions (org_id, document_id, version),
  check ((voided_at is null) = (voided_reason is null))
);
--> statement-breakpoint
create unique index one_signature_in_force on signatures (org_id, document_id, version, signer)
  where voided_at is null;
--> statement-breakpoint
create table equipment_events (
  org_id uuid not null,
  event_id bigint generated always as identity,
  equipment_id text not null,
  kind text not null check (kind in ('in_service', 'out_of_service', 'maintenance')),
  reason text not null,
  by text not null,
  at timestamptz not null,
  primary key (org_id, event_id),
  foreign key (org_id, equipment_id) references equipment (org_id, equipment_id)
);
--> statement-breakpoint
create index equipment_events_by_tool on equipment_events (org_id, equipment_id, event_id desc);
--> statement-breakpoint
alter table equipment drop constraint equipment_status_check;
--> statement-breakpoint
alter table equipment
  add constraint equipment_status_check check (status in ('in_service', 'out_of_service', 'maintenance'));
--> statement-breakpoint
alter table calibrations
  add column revoked_at timestamptz,
  add column revoked_by text,
  add column revoked_reason text,
  add constraint calibrations_revoked_check check ((revoked_at is null) = (revoked_reason is null));
--> statement-breakpoint
-- The SOPs so far become first versions. Their rows are hidden from their owner while security is forced.
alter table sops no force row level security;
--> statement-breakpoint
alter table sop_approvals no force row level security;
--> statement-breakpoint
insert into documents (org_id, document_id, kind, name, latest_version, created_by, created_at)
  select org_id, sop_id, 'sop', title, 1, author, created_at from sops;
--> statement-breakpoint
insert into document_versions (org_id, document_id, version, content, content_hash, status, status_by, status_at,
    author, contributors, created_at)
  select org_id, sop_id, 1,
    jsonb_build_object('title', title, 'body', body, 'hazard_class', hazard_class, 'limits', limits),
    content_hash, status, author, created_at, author, array[author], created_at
  from sops;
--> statement-breakpoint
insert into signatures (org_id, document_id, version, signer, meaning, content_hash, auth_method, authenticated_at,
    auth_age_s, signed_at)
  select org_id, sop_id, 1, approver, meaning, content_hash, 'password', authenticated_at,
    greatest(0, extract(epoch from approved_at - authenticated_at)), approved_at
  from sop_approvals;
--> statement-breakpoint
drop table sop_approvals;
--> statement-breakpoint
drop table sops;
--> statement-breakpoint
-- What was written and signed stays as it is: only the state of a version and the voiding of a signature may change.
do $$
declare
  app text := 'spectra_' || current_schema();
  background text := 'spectra_' || current_schema() || '_system';
begin
  execute format('revoke update, delete, truncate on documents, document_versions, signatures, equipment_events, calibrations from %I, %I', app, background);
  execute format('grant update (latest_version) on documents to %I, %I', app, background);
  execute format('grant update (status, status_reason, status_by, status_at, submitted_at) on document_versions to %I, %I', app, background);
  execute format('grant update (voided_at, voided_by, voided_reason) on signatures to %I, %I', app, background);
  execute format('grant update (revoked_at, revoked_by, revoked_reason) on calibrations to %I, %I', app, background);
end
$$;
--> statement-breakpoint
alter table documents enable row level security;
--> statement-breakpoint
alter table documents force row level security;
--> statement-breakpoint
create policy organisation on documents
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table document_versions enable row level security;
--> statement-breakpoint
alter table document_versions force row level security;
--> statement-breakpoint
create policy organisation on document_versions
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table signatures enable row level security;
--> statement-breakpoint
alter table signatures force row level security;
--> statement-breakpoint
create policy organisation on signatures
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
--> statement-breakpoint
alter table equipment_events enable row level security;
--> statement-breakpoint
alter table equipment_events force row level security;
--> statement-breakpoint
create policy organisation on equipment_events
  using (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system')
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid or current_user like 'spectra\_%\_system');
