#include "api/answers.hpp"
#include "api/endpoints.hpp"
#include "api/params.hpp"

namespace lectr::api {
namespace {

constexpr const char* kPrefix = "lc_key_";
constexpr std::size_t kMaxName = 100;
constexpr std::int64_t kMaxOverlapS = 30 * 86'400, kDefaultOverlapS = 86'400;

struct Secret {
  std::string text;
  store::KeyRow row;
};
Secret new_key(std::string name, std::int64_t now_us, std::optional<std::int64_t> expires_at_us) {
  Secret made{new_secret(kPrefix), {}};
  made.row.name = std::move(name);
  made.row.hint = kPrefix + std::string{"…"} + made.text.substr(made.text.size() - 4);
  made.row.digest = digest_of(made.text);
  made.row.created_at_us = now_us;
  made.row.expires_at_us = expires_at_us;
  return made;
}

Json with_secret(const Secret& made) {
  Json out = to_json(made.row);
  out["last_used_at"] = nullptr;
  out["requests_24h"] = 0;
  out["key"] = made.text;  // shown this once: only the digest is stored
  return out;
}

struct Use {
  std::optional<std::int64_t> last_us;
  std::int64_t requests_24h = 0;
};
// When each key was last used, from its sums: to the minute within the last hour, to the hour within a day, else to the day.
Result<std::map<KeyId, Use>> use_of_keys(const Call& call) {
  std::map<KeyId, Use> out;
  for (const auto& [length_us, step_us] : {std::pair{90 * kDayUs, kDayUs}, {kDayUs, kHourUs}, {kHourUs, kMinuteUs}}) {
    store::RollupFilter filter;
    filter.to_us = call.now_us();
    filter.from_us = filter.to_us - length_us;
    const auto sums = call.own.aggregate(filter, store::Dimension::key, step_us, store::Percentiles::none);
    if (!sums) return sums.error();
    for (const auto& group : sums->groups) {
      const auto id = whole<KeyId>(group.name);
      if (!id) continue;
      Use& use = out[*id];
      if (length_us == kDayUs) use.requests_24h = group.total.requests;
      for (std::size_t i = group.steps.size(); i-- > 0;)
        if (group.steps[i].requests > 0) {
          use.last_us = sums->from_us + static_cast<std::int64_t>(i) * step_us;
          break;
        }
    }
  }
  return out;
}

Parsed<std::int64_t> parse_overlap(const Request& request) {
  static constexpr std::string_view kMembers[] = {"overlap_s"};
  if (request.body.empty()) return parsed(kDefaultOverlapS);
  const auto body = parse_object(request, kMembers);
  if (!body) return body.error();
  const auto given = body->object.find("overlap_s");
  if (given == body->object.end()) return parsed(kDefaultOverlapS);
  if (!given->is_number_integer()) return Problem{400, "invalid_field", "a whole number of seconds is needed", "overlap_s"};
  const auto seconds = given->get<std::int64_t>();
  if (seconds < 0 || seconds > kMaxOverlapS) return Problem{400, "invalid_field", "not between 0 and 2592000", "overlap_s"};
  return parsed(seconds);
}

Parsed<store::KeyChange> parse_change(const Request& request, std::int64_t now_us) {
  static constexpr std::string_view kMembers[] = {"name", "expires_at"};
  const auto body = parse_object(request, kMembers);
  if (!body) return body.error();
  store::KeyChange change;
  if (body->object.contains("name")) {
    auto name = need_text(body->object, "name", kMaxName);
    if (!name) return name.error();
    change.name = std::move(*name);
  }
  if (body->object.contains("expires_at")) {
    const auto expires = take_expiry(body->object, now_us);
    if (!expires) return expires.error();
    change.expires_at_us = *expires;
  }
  return change;
}

}  // namespace

Answer keys_of(const Call& call) {
  const auto keys = call.own.keys();
  if (!keys) return problem_of(keys.error());
  auto used = use_of_keys(call);
  if (!used) return problem_of(used.error());
  Json rows = Json::array();
  for (const auto& key : *keys) {
    Json row = to_json(key);
    const Use& use = (*used)[key.id];
    // The step may have begun before the key did.
    row["last_used_at"] = time_or_null(use.last_us ? std::optional{std::max(*use.last_us, key.created_at_us)} : std::nullopt);
    row["requests_24h"] = use.requests_24h;
    rows.push_back(std::move(row));
  }
  return Body{{{"rows", std::move(rows)}}};
}

Reply get_keys(const Call& call) { return to_reply(keys_of(call)); }

Reply post_key(const Call& call) {
  static constexpr std::string_view kMembers[] = {"name", "expires_at"};
  const auto body = parse_object(call.request, kMembers);
  if (!body) return Reply::problem(body.error());
  auto name = need_text(body->object, "name", kMaxName);
  if (!name) return Reply::problem(name.error());
  const auto expires = take_expiry(body->object, call.now_us());
  if (!expires) return Reply::problem(expires.error());
  Secret made = new_key(std::move(*name), call.now_us(), *expires);
  const auto id = call.own.add_key(made.row);
  if (!id) return Reply::problem(id.error());
  made.row.id = *id;
  call.context.changed();
  return Reply::json(201, dump(with_secret(made)));
}

Reply post_key_rotate(const Call& call) {
  const auto id = path_id(path_part(call.request.path, 1));
  if (!id) return Reply::problem(id.error());
  const auto overlap_s = parse_overlap(call.request);
  if (!overlap_s) return Reply::problem(overlap_s.error());
  const auto old = call.own.key(*id);
  if (!old) return Reply::problem(old.error());
  // The new key is for good: an expiry that the old one had was part of what is being replaced.
  Secret made = new_key(old->name, call.now_us(), {});
  const auto added = call.own.rotate_key(*id, made.row, call.now_us() + *overlap_s * kSecondUs);
  if (!added) return Reply::problem(added.error());
  made.row.id = *added;
  call.context.changed();
  Json out = with_secret(made);
  out["replaces"] = *id;
  return Reply::json(201, dump(out));
}

Reply patch_key(const Call& call) {
  const auto id = path_id(path_part(call.request.path, 1));
  if (!id) return Reply::problem(id.error());
  const auto change = parse_change(call.request, call.now_us());
  if (!change) return Reply::problem(change.error());
  const auto done = call.own.change_key(*id, *change);
  if (!done) return Reply::problem(done.error());
  call.context.changed();
  const auto key = call.own.key(*id);
  return key ? Reply::json(200, dump(to_json(*key))) : Reply::problem(key.error());
}

Reply delete_key(const Call& call) {
  const auto id = path_id(path_part(call.request.path, 1));
  if (!id) return Reply::problem(id.error());
  const auto revoked = call.own.revoke_key(*id, call.now_us());
  if (!revoked) return Reply::problem(revoked.error());
  call.context.changed();
  return Reply::empty();
}

}  // namespace lectr::api
