-- What an org sets for itself: how long its rows are kept, its own addresses of providers, its own prices, and when its API tokens end. Tables of
-- their own beside the old ones, so that a daemon that does not know them goes on. No row: the default.
CREATE TABLE IF NOT EXISTS org_retention (
  org_id bigint NOT NULL PRIMARY KEY REFERENCES orgs (id),
  row_days bigint NOT NULL CHECK (row_days >= 0),
  rollup_days bigint NOT NULL CHECK (rollup_days >= 0)
);

CREATE TABLE IF NOT EXISTS org_base_urls (
  org_id bigint NOT NULL REFERENCES orgs (id),
  provider text NOT NULL,
  base_url text NOT NULL,
  PRIMARY KEY (org_id, provider)
);

-- In 1e-15 USD per token. NULL: not known.
CREATE TABLE IF NOT EXISTS org_prices (
  org_id bigint NOT NULL REFERENCES orgs (id),
  provider text NOT NULL,
  model text NOT NULL,
  input bigint NOT NULL CHECK (input >= 0),
  output bigint NOT NULL CHECK (output >= 0),
  cached bigint CHECK (cached >= 0),
  cache_write bigint CHECK (cache_write >= 0),
  PRIMARY KEY (org_id, provider, model)
);

CREATE TABLE IF NOT EXISTS token_ends (
  token_id bigint NOT NULL PRIMARY KEY REFERENCES tokens (id),
  expires_at_us bigint NOT NULL
);

-- Members that leave take their sessions with them.
CREATE INDEX IF NOT EXISTS sessions_by_user ON sessions (user_id);
