-- One row per finished exchange. Rows stand in the order they came, so that the table only grows at its end: the id is a UUIDv7 of when the
-- exchange began, and long streams would be scattered over a table sorted by it. Enumerations are small integers in the order of include/lectr/base/event.hpp; values are only ever appended there.
-- Money is in 1e-15 USD (Postgres holds the same columns as numeric dollars). NULL: not known, never zero.
CREATE TABLE IF NOT EXISTS events (
  id BLOB NOT NULL PRIMARY KEY,
  completed_at_us INTEGER NOT NULL,
  org_id INTEGER NOT NULL,
  key_id INTEGER NOT NULL,
  provider TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  method TEXT NOT NULL,
  model_requested TEXT NOT NULL,
  model_actual TEXT NOT NULL,
  feature TEXT NOT NULL,
  task TEXT NOT NULL,
  rule TEXT NOT NULL,
  notes TEXT NOT NULL,
  provider_request_id TEXT NOT NULL,
  error_code TEXT NOT NULL,
  status INTEGER NOT NULL,
  error_category INTEGER NOT NULL,
  error_source INTEGER NOT NULL,
  verdict INTEGER NOT NULL,
  streaming INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  client_retry INTEGER NOT NULL,
  latency_us INTEGER NOT NULL,
  ttfb_us INTEGER,
  bytes_in INTEGER NOT NULL,
  bytes_out INTEGER NOT NULL,
  token_source INTEGER NOT NULL,
  tokens_input INTEGER,
  tokens_output INTEGER,
  tokens_cached INTEGER,
  tokens_cache_write INTEGER,
  tokens_reasoning INTEGER,
  tokens_audio INTEGER,
  tokens_output_low INTEGER,
  tokens_output_high INTEGER,
  cost INTEGER,
  cost_low INTEGER,
  cost_high INTEGER,
  saved_high INTEGER,
  cost_source INTEGER NOT NULL,
  price_version TEXT NOT NULL
) STRICT;

-- The request log and every window over time, newest first (read backwards). Errors are few and asked for often. Rows of one microsecond are
-- sorted by id when they are read: an id in the index would double what each write costs there.
CREATE INDEX IF NOT EXISTS events_by_time ON events (org_id, completed_at_us);
CREATE INDEX IF NOT EXISTS events_errors_by_time ON events (org_id, completed_at_us) WHERE error_source <> 0;
