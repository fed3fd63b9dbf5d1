-- What the detector found, what it remembers, and whose turn it is. A feature that is NULL is the org in sum.
CREATE TABLE IF NOT EXISTS anomalies (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  org_id bigint NOT NULL REFERENCES orgs (id),
  feature text,
  metric bigint NOT NULL,
  direction bigint NOT NULL,
  severity bigint NOT NULL,
  buckets bigint NOT NULL,
  opened_us bigint NOT NULL,
  updated_us bigint NOT NULL,
  closed_us bigint,
  figures text NOT NULL,
  incident bigint NOT NULL,
  contribution text NOT NULL,
  band text NOT NULL,
  dismissed_us bigint,
  dismissed_by text NOT NULL DEFAULT '',
  reason text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX IF NOT EXISTS anomalies_once ON anomalies (org_id, metric, opened_us, (coalesce(feature, '')), (feature IS NULL));
CREATE INDEX IF NOT EXISTS anomalies_by_org ON anomalies (org_id, id);

CREATE TABLE IF NOT EXISTS detector (
  id bigint PRIMARY KEY CHECK (id = 1),
  instance text NOT NULL,
  until_us bigint NOT NULL,
  judged_us bigint NOT NULL
);
CREATE TABLE IF NOT EXISTS detector_series (
  org_id bigint PRIMARY KEY,
  saved bytea NOT NULL
);
ALTER TABLE detector_series ALTER COLUMN saved SET STORAGE EXTERNAL;
