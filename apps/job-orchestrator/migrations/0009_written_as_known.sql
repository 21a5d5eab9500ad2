-- Ends a transaction that wrote fewer rows than it was about to: somebody else changed one of them meanwhile.
create function all_written(written bigint, wanted bigint) returns text language plpgsql as $$
begin
  if written <> wanted then
    raise exception '% of % rows were changed by somebody else meanwhile', wanted - written, wanted
      using errcode = 'serialization_failure';
  end if;
  return pg_current_xact_id()::xid::text;
end $$;
