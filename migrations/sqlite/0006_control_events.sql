-- What the control state brought about: a budget's threshold reached, a latency target missed or met again. Written once, whoever of the instances saw
-- it first: `key` is the same for all of them.
CREATE TABLE IF NOT EXISTS control_events (
  id INTEGER PRIMARY KEY,
  org_id INTEGER NOT NULL REFERENCES orgs (id),
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  key TEXT NOT NULL,
  at_us INTEGER NOT NULL,
  detail TEXT NOT NULL,
  UNIQUE (org_id, kind, name, key)
) STRICT;
