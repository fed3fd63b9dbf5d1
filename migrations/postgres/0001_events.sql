-- One row per finished exchange. The id is a UUIDv7 (begins with its time), so rows arrive in key order, and the table can later be
-- partitioned by day as PARTITION BY RANGE (id) while the id alone stays the key that makes replays harmless.
-- Enumerations are small integers in the order of include/lectr/base/event.hpp; values are only ever appended there.
-- Money is in USD, exact to 1e-15 (SQLite holds the same columns as integers of that unit). NULL: not known, never zero.
CREATE TABLE IF NOT EXISTS events (
  id uuid NOT NULL PRIMARY KEY,
  completed_at_us bigint NOT NULL,
  org_id bigint NOT NULL,
  key_id bigint NOT NULL,
  provider text NOT NULL,
  endpoint text NOT NULL,
  method text NOT NULL,
  model_requested text NOT NULL,
  model_actual text NOT NULL,
  feature text NOT NULL,
  task text NOT NULL,
  rule text NOT NULL,
  notes text NOT NULL,
  provider_request_id text NOT NULL,
  error_code text NOT NULL,
  status integer NOT NULL,
  error_category smallint NOT NULL,
  error_source smallint NOT NULL,
  verdict smallint NOT NULL,
  streaming boolean NOT NULL,
  attempts smallint NOT NULL,
  client_retry smallint NOT NULL,
  latency_us bigint NOT NULL,
  ttfb_us bigint,
  bytes_in bigint NOT NULL,
  bytes_out bigint NOT NULL,
  token_source smallint NOT NULL,
  tokens_input bigint,
  tokens_output bigint,
  tokens_cached bigint,
  tokens_cache_write bigint,
  tokens_reasoning bigint,
  tokens_audio bigint,
  tokens_output_low bigint,
  tokens_output_high bigint,
  cost numeric(20, 15),
  cost_low numeric(20, 15),
  cost_high numeric(20, 15),
  saved_high numeric(20, 15),
  cost_source smallint NOT NULL,
  price_version text NOT NULL
);

-- The request log and every window over time, newest first (read backwards). Errors are few and asked for often.
CREATE INDEX IF NOT EXISTS events_by_time ON events (org_id, completed_at_us, id);
CREATE INDEX IF NOT EXISTS events_errors_by_time ON events (org_id, completed_at_us, id) WHERE error_source <> 0;
