#include <sodium.h>

#include "api/cookie.hpp"
#include "api/endpoints.hpp"
#include "api/json.hpp"
#include "api/time_text.hpp"
#include "lectr/telemetry/log.hpp"

namespace lectr::api {
namespace {

constexpr std::size_t kMaxUser = 200, kMaxPassword = 1024;

struct Login {
  std::string user, password;
};

Parsed<Login> parse_login(const Request& request) {
  static constexpr std::string_view kMembers[] = {"user", "password"};
  const auto body = parse_object(request, kMembers);
  if (!body) return body.error();
  const Json& object = body->object;
  auto user = need_text(object, "user", kMaxUser);
  if (!user) return user.error();
  // Any bytes may be in a password, so only its length is looked at.
  const auto password = object.find("password");
  if (password == object.end() || !password->is_string()) return Problem{400, "invalid_field", "text is needed", "password"};
  if (password->get_ref<const std::string&>().size() > kMaxPassword) return Problem{400, "invalid_field", "is too long", "password"};
  return Login{std::move(*user), password->get<std::string>()};
}

// An unknown user costs as much time as a wrong password: the answer must not tell which names exist.
const std::string& nobodys_hash() {
  static const std::string hash = hash_password(new_secret(""));
  return hash;
}

Problem mismatch(const Admission& admission) {
  std::string text = "User and password do not match.";
  if (admission.tries_left > 0)
    text += ' ' + std::to_string(admission.tries_left) + (admission.tries_left == 1 ? " more try" : " more tries") + " before a pause.";
  return {401, "wrong_login", text, "password"};
}

Json describe(Context& context, const Caller& caller) {
  Json org{{"id", caller.org}, {"name", nullptr}};
  if (const auto orgs = context.control().orgs())
    for (const auto& row : *orgs)
      if (row.id == caller.org) org["name"] = row.name;
  return {{"user", caller.name},
          {"role", to_text(caller.role)},
          {"org", org},
          {"via", caller.via == Via::token ? "token" : "session"},
          {"expires_at", caller.expires_at_us ? Json(to_rfc3339(*caller.expires_at_us)) : Json(nullptr)},
          {"proxy_url", context.proxy_url.empty() ? Json(nullptr) : Json(context.proxy_url)}};
}

Reply open_session(Context& context, const store::UserRow& user, bool tls) {
  const std::string secret = new_secret("ls_");
  const auto digest = digest_of(secret);
  const std::int64_t expires_at_us = context.now_us() + kSessionSeconds * 1'000'000;
  const auto added = context.control().add_session({digest, user.id, expires_at_us});
  if (!added) return Reply::problem(added.error());
  Reply reply = Reply::json(200, dump(describe(context, Caller{user.org, user.role, user.name, Via::session, digest, expires_at_us})));
  reply.headers.emplace_back("Set-Cookie", set_session_cookie(secret, tls));
  return reply;
}

}  // namespace

Reply post_login(Context& context, const Caller&, const Request& request) {
  auto login = parse_login(request);
  if (!login) return Reply::problem(login.error());
  const auto admission = context.throttle.begin(login->user, request.peer, context.now_us());
  if (!admission.allowed)
    return Reply::problem(Problem{429, "too_many_logins", "Too many failed logins. Next try in " + std::to_string(admission.retry_after_s) + " s.",
                                  "password", admission.retry_after_s});
  const auto user = context.control().user_by_name(login->user);
  if (!user && user.error().code != Code::not_found) {
    context.throttle.succeeded(login->user, request.peer);  // our failure, not a guess
    return Reply::problem(user.error());
  }
  const bool match = verify_password(user ? user->password_hash : nobodys_hash(), login->password);
  sodium_memzero(login->password.data(), login->password.size());
  if (!user || !match) return Reply::problem(mismatch(admission));
  context.throttle.succeeded(login->user, request.peer);
  return open_session(context, *user, request.tls);
}

Reply post_logout(Context& context, const Caller& caller, const Request& request) {
  if (caller.session) {
    const auto ended = context.control().end_session(*caller.session);
    if (!ended && ended.error().code != Code::not_found) return Reply::problem(ended.error());
  }
  Reply reply = Reply::empty();
  reply.headers.emplace_back("Set-Cookie", end_session_cookie(request.tls));
  return reply;
}

Reply get_me(Context& context, const Caller& caller, const Request& request) {
  if (auto problem = unknown_parameter(request.query, {})) return Reply::problem(*problem);
  return Reply::json(200, dump(describe(context, caller)));
}

}  // namespace lectr::api
