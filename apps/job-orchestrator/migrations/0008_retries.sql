-- A failed job's retries by hand: a second one must not take up the same wafers beside the first.
create index jobs_retries on jobs (retry_of) where retry_of is not null;
