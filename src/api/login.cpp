#include <sodium.h>

#include "api/cookie.hpp"
#include "api/endpoints.hpp"
#include "api/json.hpp"
#include "api/passwords.hpp"
#include "lectr/base/time_text.hpp"
#include "lectr/telemetry/log.hpp"

namespace lectr::api {
namespace {

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
  auto password = take_password(object, "password");
  if (!password) return password.error();
  return Login{std::move(*user), std::move(*password)};
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

Problem too_many(const Admission& admission, const char* field) {
  return {429, "too_many_logins", "Too many failed logins. Next try in " + std::to_string(admission.retry_after_s) + " s.", field,
          admission.retry_after_s};
}

Json describe(Context& context, const Caller& caller) {
  const auto row = OwnStores{context.stores, caller.org}.org();
  const Json org{{"id", caller.org}, {"name", row ? Json(row->name) : Json(nullptr)}};
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
  Reply reply = Reply::json(200, dump(describe(context, Caller{user.org, user.role, user.name, Via::session, digest, expires_at_us, user.id})));
  reply.headers.emplace_back("Set-Cookie", set_session_cookie(secret, tls));
  return reply;
}

}  // namespace

Reply post_login(const Call& call) {
  Context& context = call.context;
  const Request& request = call.request;
  auto login = parse_login(request);
  if (!login) return Reply::problem(login.error());
  const auto admission = context.throttle.begin(login->user, request.peer, context.now_us());
  if (!admission.allowed) return Reply::problem(too_many(admission, "password"));
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

Reply post_logout(const Call& call) {
  if (call.caller.session) {
    const auto ended = call.context.control().end_session(*call.caller.session);
    if (!ended && ended.error().code != Code::not_found) return Reply::problem(ended.error());
  }
  Reply reply = Reply::empty();
  reply.headers.emplace_back("Set-Cookie", end_session_cookie(call.request.tls));
  return reply;
}

Reply get_me(const Call& call) { return Reply::json(200, dump(describe(call.context, call.caller))); }

// The other sessions of the user end: a new password is what one sets when somebody else may know the old one.
Reply post_my_password(const Call& call) {
  static constexpr std::string_view kMembers[] = {"old", "new"};
  if (call.caller.user == 0) return Reply::problem(Problem{403, "forbidden", "a token has no password", {}});
  const auto body = parse_object(call.request, kMembers);
  if (!body) return Reply::problem(body.error());
  auto old = take_password(body->object, "old"), fresh = take_new_password(body->object, "new");
  if (!old) return Reply::problem(old.error());
  if (!fresh) return Reply::problem(fresh.error());
  LoginThrottle& throttle = call.context.throttle;
  const auto admission = throttle.begin(call.caller.name, call.request.peer, call.now_us());
  if (!admission.allowed) return Reply::problem(too_many(admission, "old"));
  const auto user = call.own.user(call.caller.user);
  const bool match = user && verify_password(user->password_hash, *old);
  sodium_memzero(old->data(), old->size());
  if (!user || match) throttle.succeeded(call.caller.name, call.request.peer);
  if (!user) return Reply::problem(user.error());
  if (!match) return Reply::problem(Problem{403, "wrong_password", "The old password does not match.", "old"});
  const auto done = call.own.set_password(user->id, hash_and_wipe(*fresh), call.caller.session);
  return done ? Reply::empty() : Reply::problem(done.error());
}

}  // namespace lectr::api
