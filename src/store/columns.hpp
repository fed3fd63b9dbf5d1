// The one list of event columns and their order. Writers and readers of both dialects are visitors of it, so a new column is one line here
// and one line in each dialect's migration.
#pragma once

#include <string>

#include "lectr/base/event.hpp"

namespace lectr::store {

// `count` is a number that is NULL when negative (not known).
template <class Visitor, class SomeEvent>
void visit_columns(Visitor& v, SomeEvent& e) {
  v.id("id", e.id);
  v.number("completed_at_us", e.completed_at_us);
  v.number("org_id", e.org_id);
  v.number("key_id", e.key_id);
  v.text("provider", e.provider);
  v.text("endpoint", e.endpoint);
  v.text("method", e.method);
  v.text("model_requested", e.model_requested);
  v.text("model_actual", e.model_actual);
  v.text("feature", e.feature);
  v.text("task", e.task);
  v.text("rule", e.rule);
  v.text("notes", e.notes);
  v.text("provider_request_id", e.provider_request_id);
  v.text("error_code", e.error_code);
  v.number("status", e.status);
  v.choice("error_category", e.error_category);
  v.choice("error_source", e.error_source);
  v.choice("verdict", e.verdict);
  v.flag("streaming", e.streaming);
  v.number("attempts", e.attempts);
  v.number("client_retry", e.client_retry);
  v.number("latency_us", e.latency_us);
  v.count("ttfb_us", e.ttfb_us);
  v.number("bytes_in", e.bytes_in);
  v.number("bytes_out", e.bytes_out);
  v.choice("token_source", e.token_source);
  v.count("tokens_input", e.tokens_input);
  v.count("tokens_output", e.tokens_output);
  v.count("tokens_cached", e.tokens_cached);
  v.count("tokens_cache_write", e.tokens_cache_write);
  v.count("tokens_reasoning", e.tokens_reasoning);
  v.count("tokens_audio", e.tokens_audio);
  v.count("tokens_output_low", e.tokens_output_low);
  v.count("tokens_output_high", e.tokens_output_high);
  v.money("cost", e.cost);
  v.money("cost_low", e.cost_low);
  v.money("cost_high", e.cost_high);
  v.money("saved_high", e.saved_high);
  v.choice("cost_source", e.cost_source);
  v.text("price_version", e.price_version);
  v.text("why", e.why);
  v.number("control_version", e.control_version);
}

// "id, completed_at_us, …"
const std::string& column_names();
// "$1, $2, …" for every column.
const std::string& column_placeholders();

// The columns that EventStore::walk reads, in their order.
const std::string& walked_columns();

class Row;
// Reads a row whose columns are column_names(). An enumeration value of a newer daemon reads as its first value.
Event event_of(const Row& row);
Event walked_event_of(const Row& row);  // whose columns are walked_columns()

}  // namespace lectr::store
