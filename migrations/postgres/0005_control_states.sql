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
