-- Rows get a number in the order they came (the rowid, given a name so that it stays through a VACUUM): rollups take them by it.
CREATE TABLE events_numbered (
  seq INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
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
INSERT INTO events_numbered (
  seq,
  id, completed_at_us, org_id, key_id, provider, endpoint, method, model_requested, model_actual, feature, task, rule, notes,
  provider_request_id, error_code, status, error_category, error_source, verdict, streaming, attempts, client_retry, latency_us, ttfb_us,
  bytes_in, bytes_out, token_source, tokens_input, tokens_output, tokens_cached, tokens_cache_write, tokens_reasoning, tokens_audio,
  tokens_output_low, tokens_output_high, cost, cost_low, cost_high, saved_high, cost_source, price_version)
SELECT
  rowid,
  id, completed_at_us, org_id, key_id, provider, endpoint, method, model_requested, model_actual, feature, task, rule, notes,
  provider_request_id, error_code, status, error_category, error_source, verdict, streaming, attempts, client_retry, latency_us, ttfb_us,
  bytes_in, bytes_out, token_source, tokens_input, tokens_output, tokens_cached, tokens_cache_write, tokens_reasoning, tokens_audio,
  tokens_output_low, tokens_output_high, cost, cost_low, cost_high, saved_high, cost_source, price_version
FROM events ORDER BY rowid;
DROP TABLE events;
ALTER TABLE events_numbered RENAME TO events;
-- As before: see 0001.
CREATE INDEX events_by_time ON events (org_id, completed_at_us);
CREATE INDEX events_errors_by_time ON events (org_id, completed_at_us) WHERE error_source <> 0;

-- Sums over rows by time and dimensions (src/store/cells.hpp: one row holds all cells of a stretch). `level`: 0 minutes, 1 quarter hours, 2 hours,
-- 3 quarter days, 4 days; `dimension`: that one alone, 0 the totals, 7 all combinations. Every row of events with seq up to the watermark is in
-- them, each once.
CREATE TABLE IF NOT EXISTS rollups (
  org_id INTEGER NOT NULL,
  level INTEGER NOT NULL,
  dimension INTEGER NOT NULL,
  bucket_us INTEGER NOT NULL,
  cell_index BLOB NOT NULL,
  cell_sums BLOB NOT NULL,
  PRIMARY KEY (org_id, level, dimension, bucket_us)
) STRICT;
CREATE INDEX IF NOT EXISTS rollups_by_time ON rollups (level, dimension, bucket_us);

-- watermark; closed_<level>: time up to which a level is complete; rebuild_until: see src/store/rollups.hpp.
CREATE TABLE IF NOT EXISTS rollup_state (
  name TEXT NOT NULL PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT;
-- Rows before were deleted; org 0: of all orgs. Their rollups are all that is left of them, so no rebuild takes these away.
CREATE TABLE IF NOT EXISTS rollup_floors (
  org_id INTEGER NOT NULL PRIMARY KEY,
  rows_from_us INTEGER NOT NULL
) STRICT;
