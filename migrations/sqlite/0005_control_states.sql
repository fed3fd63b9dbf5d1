-- The control state of each org (rules, limits, budgets, targets) as one document per version: nothing is ever changed in place, so that history,
-- difference and going back need nothing else. `via`: dashboard, api, cli or file. The last version is the one in force; none: nothing is routed.
CREATE TABLE IF NOT EXISTS control_states (
  org_id INTEGER NOT NULL REFERENCES orgs (id),
  version INTEGER NOT NULL CHECK (version > 0),
  created_at_us INTEGER NOT NULL,
  actor TEXT NOT NULL,
  via TEXT NOT NULL,
  note TEXT NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (org_id, version)
) STRICT;

-- What a row says about the control state: why it went where it went, and which version decided.
ALTER TABLE events ADD COLUMN why TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN control_version INTEGER NOT NULL DEFAULT 0;

-- Who runs, and which version of each org's control state it has in force.
CREATE TABLE IF NOT EXISTS instances (
  id TEXT NOT NULL PRIMARY KEY,
  started_at_us INTEGER NOT NULL,
  seen_at_us INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS instance_versions (
  instance_id TEXT NOT NULL REFERENCES instances (id) ON DELETE CASCADE,
  org_id INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (instance_id, org_id)
) STRICT;

-- How often each rule decided (shadow 0) or would have (shadow 1), an hour per row; kept up with the rollups, from the same rows.
CREATE TABLE IF NOT EXISTS rule_hits (
  org_id INTEGER NOT NULL,
  hour_us INTEGER NOT NULL,
  rule TEXT NOT NULL,
  shadow INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  PRIMARY KEY (org_id, hour_us, rule, shadow)
) STRICT;
