#include "api/context.hpp"
#include "api/cookie.hpp"
#include "lectr/base/text.hpp"

namespace lectr::api {
namespace {

Problem signed_out() { return {401, "unauthenticated", "sign in, or send an API token as Authorization: Bearer lt_…", {}}; }

// not_found means a wrong or ended credential; all else is ours to answer for.
Problem refusal(const Error& error) {
  if (error.code == Code::not_found) return signed_out();
  return {503, "unavailable", "the store can't be asked who you are", {}, 2};
}

// Secrets are looked up by their SHA-256: the comparison sees digests only, so its timing says nothing about the secret.
Parsed<Caller> by_token(Context& context, std::string_view bearer) {
  if (!bearer.starts_with("lt_")) return signed_out();
  const auto row = context.control().token(digest_of(bearer));
  if (!row) return refusal(row.error());
  if (row->expires_at_us && *row->expires_at_us <= context.now_us()) return signed_out();
  return Caller{row->org, row->role, row->name, Via::token, {}, row->expires_at_us, 0};
}

Parsed<Caller> by_session(Context& context, std::string_view secret) {
  const auto digest = digest_of(secret);
  const auto session = context.control().session(digest, context.now_us());
  if (!session) return refusal(session.error());
  const auto user = context.control().user(session->user);
  if (!user) return refusal(user.error());
  return Caller{user->org, user->role, user->name, Via::session, digest, session->expires_at_us, user->id};
}

}  // namespace

Parsed<Caller> authenticate(Context& context, const Request& request) {
  constexpr std::string_view kBearer = "Bearer ";
  if (istarts_with(request.authorization, kBearer)) return by_token(context, trim(std::string_view{request.authorization}.substr(kBearer.size())));
  if (!request.authorization.empty()) return signed_out();
  const auto secret = session_cookie(request.cookie);
  if (secret.empty()) return signed_out();
  return by_session(context, secret);
}

}  // namespace lectr::api
