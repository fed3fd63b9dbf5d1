#include "api/answers.hpp"
#include "api/endpoints.hpp"
#include "api/params.hpp"

namespace lectr::api {
namespace {

constexpr std::size_t kMaxName = 100;

Json row_of(const store::TokenRow& token) {
  return {{"id", token.id},
          {"name", token.name},
          {"role", to_text(token.role)},
          {"created_at", time_or_null(token.created_at_us)},
          {"expires_at", time_or_null(token.expires_at_us)},
          {"revoked_at", time_or_null(token.revoked_at_us)}};
}

}  // namespace

Answer tokens_of(const Call& call) {
  const auto tokens = call.own.tokens();
  if (!tokens) return problem_of(tokens.error());
  Json rows = Json::array();
  for (const auto& token : *tokens) rows.push_back(row_of(token));
  return Body{{{"rows", std::move(rows)}}};
}

Reply get_tokens(const Call& call) { return to_reply(tokens_of(call)); }

Reply post_token(const Call& call) {
  static constexpr std::string_view kMembers[] = {"name", "role", "expires_at"};
  const auto body = parse_object(call.request, kMembers);
  if (!body) return Reply::problem(body.error());
  auto name = need_text(body->object, "name", kMaxName);
  if (!name) return Reply::problem(name.error());
  const auto role = need_role(body->object);
  if (!role) return Reply::problem(role.error());
  if (*role > call.caller.role) return Reply::problem(Problem{403, "forbidden", "a token can't do more than who makes it", "role"});
  const auto expires = take_expiry(body->object, call.now_us());
  if (!expires) return Reply::problem(expires.error());
  const std::string secret = new_secret("lt_");
  store::TokenRow token;
  token.name = std::move(*name);
  token.digest = digest_of(secret);
  token.role = *role;
  token.created_at_us = call.now_us();
  token.expires_at_us = *expires;
  const auto id = call.own.add_token(token);
  if (!id) return Reply::problem(id.error());
  token.id = *id;
  Json out = row_of(token);
  out["token"] = secret;  // shown this once: only the digest is stored
  return Reply::json(201, dump(out));
}

Reply delete_token(const Call& call) {
  const auto id = path_id(path_part(call.request.path, 1));
  if (!id) return Reply::problem(id.error());
  const auto revoked = call.own.revoke_token(*id, call.now_us());
  return revoked ? Reply::empty() : Reply::problem(revoked.error());
}

}  // namespace lectr::api
