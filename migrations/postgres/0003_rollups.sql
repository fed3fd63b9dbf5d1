-- Rows get a number in the order they came, which rollups take them by, and the table becomes one of a partition a day: ids are UUIDv7, which
-- begin with their time, so that the id alone stays the key. Old rows stay where they are, in a partition of their own (events_before). A daemon
-- of before may go on writing: it names its columns, and seq may be NULL in what it stages.
CREATE SEQUENCE IF NOT EXISTS events_seq;

-- The least id of a day.
CREATE OR REPLACE FUNCTION events_bound(day date) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT rpad(lpad(to_hex(extract(epoch FROM day)::bigint * 1000), 12, '0'), 32, '0')::uuid $$;

CREATE OR REPLACE FUNCTION events_day(id uuid) RETURNS date LANGUAGE sql IMMUTABLE AS
$$ SELECT date '1970-01-01' + (('x' || lpad(left(replace(id::text, '-', ''), 12), 16, '0'))::bit(64)::bigint / 86400000)::integer $$;

-- Makes the partition of a day; false: it can't have one, as its rows lie elsewhere already, or it has.
CREATE OR REPLACE FUNCTION events_partition(day date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  name text := 'events_' || to_char(day, 'YYYYMMDD');
BEGIN
  IF to_regclass(name) IS NOT NULL OR EXISTS (SELECT FROM events_other WHERE id >= events_bound(day) AND id < events_bound(day + 1)) THEN
    RETURN false;
  END IF;
  -- Made apart and then attached: that locks the rows out for a moment only.
  EXECUTE format('CREATE TABLE %I (LIKE events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
  EXECUTE format('ALTER TABLE events ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, events_bound(day), events_bound(day + 1));
  RETURN true;
EXCEPTION WHEN invalid_object_definition OR duplicate_table THEN  -- events_before reaches into the day; another instance was faster
  RETURN false;
END $$;

DO $$
DECLARE
  today date := (now() AT TIME ZONE 'UTC')::date;
  first_day date;
BEGIN
  IF (SELECT relkind FROM pg_class WHERE oid = to_regclass('events')) = 'p' THEN
    RETURN;
  END IF;
  ALTER TABLE events RENAME TO events_before;
  ALTER INDEX events_pkey RENAME TO events_before_pkey;
  ALTER INDEX events_by_time RENAME TO events_before_by_time;
  ALTER INDEX events_errors_by_time RENAME TO events_before_errors_by_time;
  ALTER TABLE events_before ADD COLUMN seq bigint DEFAULT nextval('events_seq');
  CREATE TABLE events (LIKE events_before INCLUDING DEFAULTS, PRIMARY KEY (id)) PARTITION BY RANGE (id);
  CREATE INDEX events_by_time ON events (org_id, completed_at_us, id);
  CREATE INDEX events_errors_by_time ON events (org_id, completed_at_us, id) WHERE error_source <> 0;
  CREATE INDEX events_by_seq ON events (seq);
  -- What no day has: clocks that jumped, replays of long ago.
  CREATE TABLE events_other PARTITION OF events DEFAULT;
  SELECT events_day(id) INTO first_day FROM events_before ORDER BY id DESC LIMIT 1;
  IF first_day IS NULL THEN
    DROP TABLE events_before;
    first_day := today - 1;
  ELSE
    first_day := greatest(first_day, today) + 1;
    EXECUTE format('ALTER TABLE events ATTACH PARTITION events_before FOR VALUES FROM (MINVALUE) TO (%L)', events_bound(first_day));
  END IF;
  FOR n IN 0..4 LOOP
    PERFORM events_partition(first_day + n);
  END LOOP;
END $$;

-- Sums over rows by time and dimensions (src/store/cells.hpp: one row holds all cells of a stretch). `level`: 0 minutes, 1 quarter hours, 2 hours,
-- 3 quarter days, 4 days; `dimension`: that one alone, 0 the totals, 7 all combinations. Every row of events with seq up to the watermark is in
-- them, each once.
CREATE TABLE IF NOT EXISTS rollups (
  org_id bigint NOT NULL,
  level bigint NOT NULL,
  dimension bigint NOT NULL,
  bucket_us bigint NOT NULL,
  cell_index bytea NOT NULL,
  cell_sums bytea NOT NULL,
  PRIMARY KEY (org_id, level, dimension, bucket_us)
);
CREATE INDEX IF NOT EXISTS rollups_by_time ON rollups (level, dimension, bucket_us);
-- Compressed already: Postgres need not try.
ALTER TABLE rollups ALTER COLUMN cell_index SET STORAGE EXTERNAL, ALTER COLUMN cell_sums SET STORAGE EXTERNAL;

-- watermark; closed_<level>: time up to which a level is complete; rebuild_until: see src/store/rollups.hpp.
CREATE TABLE IF NOT EXISTS rollup_state (
  name text NOT NULL PRIMARY KEY,
  value bigint NOT NULL
);
-- Rows before were deleted; org 0: of all orgs. Their rollups are all that is left of them, so no rebuild takes these away.
CREATE TABLE IF NOT EXISTS rollup_floors (
  org_id bigint NOT NULL PRIMARY KEY,
  rows_from_us bigint NOT NULL
);
