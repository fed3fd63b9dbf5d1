-- What the detector found, what it remembers, and whose turn it is. A feature that is NULL is the org in sum.
CREATE TABLE IF NOT EXISTS anomalies (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  org_id INTEGER NOT NULL REFERENCES orgs (id),
  feature TEXT,
  metric INTEGER NOT NULL,
  direction INTEGER NOT NULL,
  severity INTEGER NOT NULL,
  buckets INTEGER NOT NULL,
  opened_us INTEGER NOT NULL,
  updated_us INTEGER NOT NULL,
  closed_us INTEGER,
  figures TEXT NOT NULL,
  incident INTEGER NOT NULL,
  contribution TEXT NOT NULL,
  band TEXT NOT NULL,
  dismissed_us INTEGER,
  dismissed_by TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS anomalies_once ON anomalies (org_id, metric, opened_us, coalesce(feature, ''), feature IS NULL);
CREATE INDEX IF NOT EXISTS anomalies_by_org ON anomalies (org_id, id);

CREATE TABLE IF NOT EXISTS detector (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  instance TEXT NOT NULL,
  until_us INTEGER NOT NULL,
  judged_us INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS detector_series (
  org_id INTEGER PRIMARY KEY,
  saved BLOB NOT NULL
) STRICT;
