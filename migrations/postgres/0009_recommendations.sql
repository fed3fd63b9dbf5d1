-- What somebody decided about a recommendation: 1 dismissed, 2 applied as a rule, 0 open again. Recommendations themselves are computed anew each time;
-- what they were about is kept here, since the data that they came from may change. cost_before is decimal dollars: a sum may be larger than a price.
CREATE TABLE IF NOT EXISTS recommendations (
  org_id bigint NOT NULL REFERENCES orgs (id),
  id text NOT NULL,
  state smallint NOT NULL CHECK (state BETWEEN 0 AND 2),
  at_us bigint NOT NULL,
  who text NOT NULL,
  reason text NOT NULL,
  feature text NOT NULL,
  task text NOT NULL,
  provider text NOT NULL,
  model text NOT NULL,
  to_provider text NOT NULL,
  to_model text NOT NULL,
  rule text NOT NULL,
  requests_before bigint NOT NULL,
  errors_before bigint NOT NULL,
  days_before bigint NOT NULL,
  cost_before text NOT NULL,
  PRIMARY KEY (org_id, id)
);
