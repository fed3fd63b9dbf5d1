#include "api/json.hpp"

#include <algorithm>

#include "lectr/base/text.hpp"
#include "lectr/base/time_text.hpp"

namespace lectr::api {
namespace {

Json word_or_null(std::string_view word) { return word == "none" ? Json(nullptr) : Json(std::string{word}); }
Json money(const std::optional<Money>& value) { return value ? Json(value->to_text()) : Json(nullptr); }

Json words(std::string_view text) {
  Json out = Json::array();
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (!word.empty()) out.push_back(std::string{word});
  }
  return out;
}

void add_tokens(Json& out, const Event& e) {
  out["token_source"] = word_or_null(lectr::to_text(e.token_source));
  out["tokens_input"] = known(e.tokens_input);
  out["tokens_output"] = known(e.tokens_output);
  out["tokens_output_low"] = known(e.tokens_output_low);
  out["tokens_output_high"] = known(e.tokens_output_high);
  out["tokens_cached"] = known(e.tokens_cached);
  out["tokens_cache_write"] = known(e.tokens_cache_write);
  out["tokens_reasoning"] = known(e.tokens_reasoning);
  out["tokens_audio"] = known(e.tokens_audio);
}

void add_cost(Json& out, const Event& e) {
  out["cost_source"] = word_or_null(lectr::to_text(e.cost_source));
  out["cost"] = money(e.cost);
  out["cost_low"] = money(e.cost_low);
  out["cost_high"] = money(e.cost_high);
  out["saved_high"] = money(e.saved_high);
  out["price_version"] = text_or_null(e.price_version);
}

bool is_json(std::string_view content_type) noexcept { return iequals(trim(content_type.substr(0, content_type.find(';'))), "application/json"); }

// Who made the status that a row shows. `error_source` is whose fault it was: a provider that never answered is at fault, and the 504 is Lectr's all the
// same. Only a 504 of a provider's own whose body then fell silent can't be told from that.
std::string_view status_source(const Event& e) noexcept {
  if (e.verdict != Verdict::client_gone && e.error_category != ErrorCategory::client_gone) {
    const bool refused_for = e.error_code == code_name(Code::provider_unreachable) || e.error_code == code_name(Code::provider_bad_response) ||
                             (e.error_code == code_name(Code::provider_timeout) && e.status == 504 && e.verdict == Verdict::none);
    return refused_for || e.attempts == 0 ? "proxy" : "provider";
  }
  return "client";
}

}  // namespace

Json known(std::int64_t value) { return value < 0 ? Json(nullptr) : Json(value); }
Json text_or_null(std::string_view text) { return text.empty() ? Json(nullptr) : Json(std::string{text}); }
Json time_or_null(const std::optional<std::int64_t>& at_us) { return at_us ? Json(to_rfc3339(*at_us)) : Json(nullptr); }
std::string money_text(std::int64_t femto) { return Money{femto}.to_text(); }

Json to_json(const Event& e) {
  Json out;
  out["id"] = e.id.to_text();
  out["completed_at"] = to_rfc3339(e.completed_at_us);
  out["key_id"] = e.key_id == 0 ? Json(nullptr) : Json(e.key_id);
  out["provider"] = text_or_null(e.provider);
  out["method"] = text_or_null(e.method);
  out["endpoint"] = text_or_null(e.endpoint);
  out["model_requested"] = text_or_null(e.model_requested);
  out["model_actual"] = text_or_null(e.model_actual);
  out["feature"] = text_or_null(e.feature);
  out["task"] = text_or_null(e.task);
  out["rule"] = text_or_null(e.rule);
  out["status"] = e.status;
  out["error_code"] = text_or_null(e.error_code);
  out["error_category"] = word_or_null(lectr::to_text(e.error_category));
  out["error_source"] = word_or_null(lectr::to_text(e.error_source));
  out["status_source"] = status_source(e);
  out["streaming"] = e.streaming;
  out["verdict"] = word_or_null(lectr::to_text(e.verdict));
  out["attempts"] = e.attempts;
  out["client_retry"] = e.client_retry;
  out["latency_us"] = e.latency_us;
  out["ttfb_us"] = known(e.ttfb_us);
  out["bytes_in"] = e.bytes_in;
  out["bytes_out"] = e.bytes_out;
  add_tokens(out, e);
  add_cost(out, e);
  out["provider_request_id"] = text_or_null(e.provider_request_id);
  out["notes"] = words(e.notes);
  out["why"] = text_or_null(e.why);
  out["control_version"] = e.control_version == 0 ? Json(nullptr) : Json(e.control_version);
  return out;
}

Json to_json(const store::KeyRow& key) {
  return {{"id", key.id},
          {"name", key.name},
          {"hint", key.hint},
          {"created_at", to_rfc3339(key.created_at_us)},
          {"expires_at", time_or_null(key.expires_at_us)},
          {"revoked_at", time_or_null(key.revoked_at_us)}};
}

Json to_json(const Status& s) {
  Json redis{{"configured", s.redis.configured},
             {"state", nullptr},
             {"since", nullptr},
             {"instances", s.redis.instances},
             {"asked", s.redis.asked},
             {"waited", s.redis.waited},
             {"waited_ms", static_cast<double>(s.redis.waited_us) / 1000},
             {"longest_ms", static_cast<double>(s.redis.longest_us) / 1000}};
  if (s.redis.configured) {
    redis["state"] = s.redis.state;
    redis["since"] = to_rfc3339(s.redis.since_us);
  }
  return {{"version", s.version},
          {"degraded", s.degraded},
          {"degraded_reason", text_or_null(s.degraded_reason)},
          {"events_received", s.events_received},
          {"events_written", s.events_written},
          {"events_journaled", s.events_journaled},
          {"events_dropped", s.events_dropped},
          {"journal_backlog", s.journal_backlog},
          {"queue_depth", s.queue_depth},
          {"connections", s.connections},
          {"exchanges_in_flight", s.exchanges_in_flight},
          {"redis", std::move(redis)}};
}

std::string_view to_text(store::Role role) noexcept {
  switch (role) {
    case store::Role::viewer: return "viewer";
    case store::Role::editor: return "editor";
    case store::Role::admin: return "admin";
  }
  return "viewer";
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Parsed<Body> parse_object(const Request& request, std::span<const std::string_view> known_members, std::size_t most_bytes) {
  // A form of a foreign page can't send this type without asking first.
  if (!is_json(request.content_type)) return Problem{415, "invalid_body", "the body must be application/json", {}};
  if (request.body.size() > most_bytes)
    return Problem{413, "request_too_large", "the body is longer than " + std::to_string(most_bytes / 1024) + " KiB", {}};
  Json object = Json::parse(request.body, nullptr, false);
  if (!object.is_object()) return Problem{400, "invalid_body", "the body is not a JSON object", {}};
  for (const auto& [name, value] : object.items())
    if (std::find(known_members.begin(), known_members.end(), name) == known_members.end())
      return Problem{400, "unknown_field", "this endpoint has no such field", name.substr(0, 100)};
  return Body{std::move(object)};
}

Reply to_reply(const Answer& answer, unsigned status) { return answer ? Reply::json(status, dump(answer->object)) : Reply::problem(answer.error()); }

Parsed<std::string> need_text(const Json& object, const char* name, std::size_t longest) {
  const auto at = object.find(name);
  if (at == object.end() || !at->is_string()) return Problem{400, "invalid_field", "text is needed", name};
  std::string text = at->get<std::string>();
  if (text.empty()) return Problem{400, "invalid_field", "is empty", name};
  if (text.size() > longest) return Problem{400, "invalid_field", "is too long", name};
  if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }))
    return Problem{400, "invalid_field", "has control characters", name};
  return text;
}

Parsed<std::optional<std::int64_t>> take_expiry(const Json& object, std::int64_t now_us) {
  std::optional<std::int64_t> at_us;
  const auto given = object.find("expires_at");
  if (given == object.end() || given->is_null()) return at_us;
  if (given->is_string()) at_us = parse_rfc3339(given->get_ref<const std::string&>());
  if (!at_us) return Problem{400, "invalid_field", "not a time (write 2026-11-19T14:29:31Z)", "expires_at"};
  if (*at_us <= now_us) return Problem{400, "invalid_field", "is in the past", "expires_at"};
  return at_us;
}

Parsed<store::Role> need_role(const Json& object) {
  const auto given = object.find("role");
  if (given != object.end() && given->is_string())
    for (const auto role : {store::Role::viewer, store::Role::editor, store::Role::admin})
      if (to_text(role) == given->get_ref<const std::string&>()) return role;
  return Problem{400, "invalid_field", "not viewer, editor or admin", "role"};
}

}  // namespace lectr::api
