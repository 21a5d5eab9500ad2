-- Why a request was refused, beside its status; null for what was asked and for what was done.
alter table audit_entries add column reason text;
