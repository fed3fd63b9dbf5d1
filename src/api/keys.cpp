#include <charconv>

#include "api/endpoints.hpp"
#include "api/json.hpp"
#include "api/time_text.hpp"

namespace lectr::api {
namespace {

constexpr const char* kPrefix = "lc_key_";
constexpr std::size_t kMaxName = 100;

struct NewKey {
  std::string name;
  std::optional<std::int64_t> expires_at_us;
};

Parsed<NewKey> parse_new_key(const Request& request, std::int64_t now_us) {
  static constexpr std::string_view kMembers[] = {"name", "expires_at"};
  const auto body = parse_object(request, kMembers);
  if (!body) return body.error();
  const Json& object = body->object;
  auto name = need_text(object, "name", kMaxName);
  if (!name) return name.error();
  NewKey key{std::move(*name), {}};
  const auto expires = object.find("expires_at");
  if (expires == object.end() || expires->is_null()) return key;
  if (expires->is_string()) key.expires_at_us = parse_rfc3339(expires->get_ref<const std::string&>());
  if (!key.expires_at_us) return Problem{400, "invalid_field", "not a time (write 2026-11-19T14:29:31Z)", "expires_at"};
  if (*key.expires_at_us <= now_us) return Problem{400, "invalid_field", "is in the past", "expires_at"};
  return key;
}

}  // namespace

Reply get_keys(Context& context, const Caller& caller, const Request& request) {
  if (auto problem = unknown_parameter(request.query, {})) return Reply::problem(*problem);
  const auto keys = context.control().keys(caller.org);
  if (!keys) return Reply::problem(keys.error());
  Json rows = Json::array();
  for (const auto& key : *keys) rows.push_back(to_json(key));
  return Reply::json(200, dump({{"rows", std::move(rows)}}));
}

Reply post_key(Context& context, const Caller& caller, const Request& request) {
  const std::int64_t now_us = context.now_us();
  auto wanted = parse_new_key(request, now_us);
  if (!wanted) return Reply::problem(wanted.error());
  const std::string secret = new_secret(kPrefix);
  store::KeyRow key{.org = caller.org, .name = std::move(wanted->name), .hint = kPrefix + std::string{"…"} + secret.substr(secret.size() - 4)};
  key.digest = digest_of(secret);
  key.created_at_us = now_us;
  key.expires_at_us = wanted->expires_at_us;
  const auto id = context.control().add_key(key);
  if (!id) return Reply::problem(id.error());
  key.id = *id;
  if (context.control_changed) context.control_changed();
  Json answer = to_json(key);
  answer["key"] = secret;  // shown this once: only the digest is stored
  return Reply::json(201, dump(answer));
}

Reply delete_key(Context& context, const Caller& caller, const Request& request) {
  const auto text = last_segment(request.path);
  KeyId id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size()) return Reply::problem(Problem{400, "invalid_parameter", "not a key id", "id"});
  const auto revoked = context.control().revoke_key(caller.org, id, context.now_us());
  if (!revoked) return Reply::problem(revoked.error());
  if (context.control_changed) context.control_changed();
  return Reply::empty();
}

}  // namespace lectr::api
