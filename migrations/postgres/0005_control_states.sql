-- The control state of each org (rules, limits, budgets, targets) as one document per version: nothing is ever changed in place, so that history,
-- difference and going back need nothing else. `via`: dashboard, api, cli or file. The last version is the one in force; none: nothing is routed.
CREATE TABLE IF NOT EXISTS control_states (
  org_id bigint NOT NULL REFERENCES orgs (id),
  version bigint NOT NULL CHECK (version > 0),
  created_at_us bigint NOT NULL,
  actor text NOT NULL,
  via text NOT NULL,
  note text NOT NULL,
  document text NOT NULL,
  PRIMARY KEY (org_id, version)
);

-- What a row says about the control state: why it went where it went, and which version decided.
ALTER TABLE events ADD COLUMN IF NOT EXISTS why text NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN IF NOT EXISTS control_version bigint NOT NULL DEFAULT 0;

-- Who runs, and which version of each org's control state it has in force.
CREATE TABLE IF NOT EXISTS instances (
  id text NOT NULL PRIMARY KEY,
  started_at_us bigint NOT NULL,
  seen_at_us bigint NOT NULL
);
CREATE TABLE IF NOT EXISTS instance_versions (
  instance_id text NOT NULL REFERENCES instances (id) ON DELETE CASCADE,
  org_id bigint NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (instance_id, org_id)
);

-- How often each rule decided (shadow 0) or would have (shadow 1), an hour per row; kept up with the rollups, from the same rows.
CREATE TABLE IF NOT EXISTS rule_hits (
  org_id bigint NOT NULL,
  hour_us bigint NOT NULL,
  rule text NOT NULL,
  shadow bigint NOT NULL,
  requests bigint NOT NULL,
  PRIMARY KEY (org_id, hour_us, rule, shadow)
);

-- Every instance hears of a change when it is committed, whoever made it.
CREATE OR REPLACE FUNCTION control_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('lectr_control', current_schema());
  RETURN NULL;
END $$;
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['control_states', 'orgs', 'org_keys', 'org_credentials', 'org_base_urls', 'org_prices', 'org_retention'] LOOP
    EXECUTE format('DROP TRIGGER IF EXISTS control_changed ON %I', name);
    EXECUTE format('CREATE TRIGGER control_changed AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH STATEMENT EXECUTE FUNCTION control_changed()', name);
  END LOOP;
END $$;
