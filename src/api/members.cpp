#include "api/answers.hpp"
#include "api/endpoints.hpp"
#include "api/params.hpp"
#include "api/passwords.hpp"

namespace lectr::api {
namespace {

Json row_of(const store::UserRow& user, const Caller& caller) {
  return {{"id", user.id}, {"user", user.name}, {"role", to_text(user.role)}, {"you", user.id == caller.user}};
}

}  // namespace

Answer members_of(const Call& call) {
  const auto users = call.own.users();
  if (!users) return problem_of(users.error());
  Json rows = Json::array();
  for (const auto& user : *users) rows.push_back(row_of(user, call.caller));
  return Body{{{"rows", std::move(rows)}}};
}

Reply get_members(const Call& call) { return to_reply(members_of(call)); }

Reply post_member(const Call& call) {
  static constexpr std::string_view kMembers[] = {"user", "password", "role"};
  const auto body = parse_object(call.request, kMembers);
  if (!body) return Reply::problem(body.error());
  auto name = need_text(body->object, "user", kMaxUser);
  if (!name) return Reply::problem(name.error());
  auto password = take_new_password(body->object, "password");
  if (!password) return Reply::problem(password.error());
  const auto role = need_role(body->object);
  if (!role) return Reply::problem(role.error());
  store::UserRow user;
  user.name = std::move(*name);
  user.role = *role;
  user.password_hash = hash_and_wipe(*password);
  const auto id = call.own.add_user(user);
  if (!id && id.error().code == Code::conflict) return Reply::problem(Problem{409, "conflict", "the name is taken", "user"});
  if (!id) return Reply::problem(id.error());
  user.id = *id;
  return Reply::json(201, dump(row_of(user, call.caller)));
}

Reply patch_member(const Call& call) {
  static constexpr std::string_view kMembers[] = {"role", "password"};
  const auto id = path_id(path_part(call.request.path, 1));
  if (!id) return Reply::problem(id.error());
  const auto body = parse_object(call.request, kMembers);
  if (!body) return Reply::problem(body.error());
  if (const auto ours = call.own.user(*id); !ours) return Reply::problem(ours.error());  // before anything is hashed or changed
  std::optional<std::string> password;
  if (body->object.contains("password")) {
    auto given = take_new_password(body->object, "password");
    if (!given) return Reply::problem(given.error());
    password = std::move(*given);
  }
  if (body->object.contains("role")) {
    const auto role = need_role(body->object);
    if (!role) return Reply::problem(role.error());
    if (const auto done = call.own.set_role(*id, *role); !done) return Reply::problem(done.error());
  }
  if (password) {
    const auto kept = *id == call.caller.user ? call.caller.session : std::nullopt;
    if (const auto done = call.own.set_password(*id, hash_and_wipe(*password), kept); !done) return Reply::problem(done.error());
  }
  const auto user = call.own.user(*id);
  return user ? Reply::json(200, dump(row_of(*user, call.caller))) : Reply::problem(user.error());
}

Reply delete_member(const Call& call) {
  const auto id = path_id(path_part(call.request.path, 1));
  if (!id) return Reply::problem(id.error());
  const auto removed = call.own.remove_user(*id);
  return removed ? Reply::empty() : Reply::problem(removed.error());
}

}  // namespace lectr::api
