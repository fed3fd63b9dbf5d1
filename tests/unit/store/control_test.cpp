#include "lectr/store/control_store.hpp"
#include "store/postgres/database.hpp"
#include "store/sqlite/database.hpp"

#include <atomic>
#include <thread>
#include <tuple>

#include "lectr/base/clock.hpp"
#include "place.hpp"

namespace lectr::store {
namespace {

Digest digest_of(int n) {
  Digest d;
  for (std::size_t i = 0; i < d.size(); ++i) d[i] = static_cast<std::uint8_t>(n + static_cast<int>(i) * 9);
  return d;
}

class ControlRows : public BothStores {
 protected:
  OrgId org(const char* name = "acme") { return control().add_org(name).value(); }
};
LECTR_BOTH_STORES(ControlRows);

TEST_P(ControlRows, AFreshStoreIsEmptyUntilItHasAnOrg) {
  EXPECT_TRUE(control().empty().value());
  const OrgId id = org();
  EXPECT_FALSE(control().empty().value());
  const auto all = control().orgs().value();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].id, id);
  EXPECT_EQ(all[0].name, "acme");
  EXPECT_TRUE(all[0].enabled);
  EXPECT_FALSE(all[0].exact_stream_usage);
  EXPECT_GT(all[0].created_at_us, 0);
  const auto again = control().add_org("acme");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::conflict);
}

TEST_P(ControlRows, AnOrgIsRenamedAndSwitchedOff) {
  const OrgId id = org();
  ASSERT_TRUE(control().change_org(id, {.name = "renamed"}));
  ASSERT_TRUE(control().change_org(id, {.enabled = false}));
  const OrgRow back = control().control().value().orgs.at(0);
  EXPECT_EQ(back.name, "renamed");
  EXPECT_FALSE(back.enabled);
  org("second");
  EXPECT_EQ(control().change_org(id, {.name = "second", .enabled = true}).error().code, Code::conflict);
  EXPECT_FALSE(control().orgs().value()[0].enabled) << "a refused change changes nothing";
  EXPECT_EQ(control().change_org(12345, {.enabled = true}).error().code, Code::not_found);
  EXPECT_EQ(control().org(12345).error().code, Code::not_found);
}

TEST_P(ControlRows, OnlyKeysInForceAreInTheControlState) {
  const OrgId id = org();
  const std::int64_t now = unix_us();
  KeyRow key{.org = id, .name = "prod", .hint = "lc_key_…wxyz", .digest = digest_of(1), .created_at_us = 5};
  const KeyId first = control().add_key(key).value();
  key.digest = digest_of(2), key.expires_at_us = now - 1;
  control().add_key(key).value();
  key.digest = digest_of(3), key.expires_at_us = now + 3'600'000'000;
  const KeyId third = control().add_key(key).value();
  EXPECT_EQ(control().add_key(key).error().code, Code::conflict);
  key.org = id + 1, key.digest = digest_of(4);
  EXPECT_EQ(control().add_key(key).error().code, Code::not_found);

  const auto listed = control().keys(id).value();
  ASSERT_EQ(listed.size(), 3u);
  EXPECT_EQ(listed[0].digest, digest_of(1));
  EXPECT_EQ(listed[0].hint, "lc_key_…wxyz");
  EXPECT_EQ(listed[0].created_at_us, 5);
  EXPECT_EQ(listed[2].expires_at_us, key.expires_at_us);
  EXPECT_EQ(control().control().value().keys.size(), 2u);

  EXPECT_EQ(control().revoke_key(id + 1, first, now).error().code, Code::not_found) << "another org's key";
  ASSERT_TRUE(control().revoke_key(id, first, now));
  ASSERT_TRUE(control().revoke_key(id, first, now + 9)) << "twice does no harm";
  EXPECT_EQ(control().keys(id).value()[0].revoked_at_us, now);
  const auto in_force = control().control().value().keys;
  ASSERT_EQ(in_force.size(), 1u);
  EXPECT_EQ(in_force[0].id, third);
}

TEST_P(ControlRows, UsersAreFoundByNameAndId) {
  const OrgId id = org();
  const auto user = control().add_user({.org = id, .name = "admin", .password_hash = "$argon2id$x", .role = Role::admin}).value();
  EXPECT_EQ(control().add_user({.org = id, .name = "admin"}).error().code, Code::conflict);
  EXPECT_EQ(control().user_by_name("admin").value().id, user);
  EXPECT_EQ(control().user_by_name("nobody").error().code, Code::not_found);
  ASSERT_TRUE(control().set_password(user, "$argon2id$y"));
  const UserRow row = control().user(user).value();
  EXPECT_EQ(row.password_hash, "$argon2id$y");
  EXPECT_EQ(row.role, Role::admin);
  EXPECT_EQ(row.org, id);
  EXPECT_EQ(control().users(id).value().size(), 1u);
  EXPECT_TRUE(control().users(id + 1).value().empty());
  EXPECT_EQ(control().set_password(user + 1, "x").error().code, Code::not_found);
}

TEST_P(ControlRows, ARevokedTokenIsGoneButListed) {
  const OrgId id = org();
  const auto token = control().add_token({.org = id, .name = "ci", .digest = digest_of(7), .role = Role::editor, .created_at_us = 3}).value();
  EXPECT_EQ(control().token(digest_of(7)).value().role, Role::editor);
  EXPECT_EQ(control().token(digest_of(8)).error().code, Code::not_found);
  EXPECT_EQ(control().revoke_token(id + 1, token, 4).error().code, Code::not_found);
  ASSERT_TRUE(control().revoke_token(id, token, 4));
  EXPECT_EQ(control().token(digest_of(7)).error().code, Code::not_found);
  EXPECT_EQ(control().tokens(id).value().at(0).revoked_at_us, 4);
}

TEST_P(ControlRows, SessionsEndByTimeAndByLogout) {
  const auto user = control().add_user({.org = org(), .name = "a", .password_hash = "h"}).value();
  const std::int64_t now = unix_us(), later = now + 3'600'000'000;
  ASSERT_TRUE(control().add_session({digest_of(1), user, later}));
  EXPECT_EQ(control().session(digest_of(1), now).value().user, user);
  EXPECT_EQ(control().session(digest_of(1), later).error().code, Code::not_found);
  ASSERT_TRUE(control().end_session(digest_of(1)));
  ASSERT_TRUE(control().end_session(digest_of(1)));
  EXPECT_EQ(control().session(digest_of(1), now).error().code, Code::not_found);
  EXPECT_EQ(control().add_session({digest_of(2), user + 5, later}).error().code, Code::not_found);
}

TEST_P(ControlRows, SettingsAreWhatTheNewestVersionSays) {
  const OrgId id = org(), other = org("other");
  EXPECT_EQ(control().org(id).value().row_days, kDefaultRowDays);
  config::Control wanted;
  wanted.own = {.exact_stream_usage = true,
                .retention = {7, 0},
                .providers = {{"azure", "", "https://b"}, {"openai", "file:/b", ""}},
                .prices = {{"openai", "gpt-x", 150'000'000, 600'000'000, {}, 0}}};
  ASSERT_TRUE(control().put_control_state({.org = id, .document = config::write_control(wanted)}, 0));
  const Control all = control().control().value();
  EXPECT_TRUE(all.orgs[0].exact_stream_usage);
  EXPECT_EQ(all.orgs[0].row_days, 7);
  EXPECT_EQ(all.orgs[0].rollup_days, 0);
  EXPECT_EQ(all.orgs[0].credential_refs.at("openai"), "file:/b");
  EXPECT_EQ(all.orgs[0].base_urls.at("azure"), "https://b");
  EXPECT_EQ(all.orgs[0].prices, wanted.own.prices);
  EXPECT_TRUE(all.orgs[1].base_urls.empty());
  EXPECT_EQ(all.orgs[1].row_days, kDefaultRowDays);
  EXPECT_EQ(control().put_control_state({.org = id, .document = "{}"}, 0).error().code, Code::conflict);
  EXPECT_EQ(control().org(id).value().row_days, 7) << "who comes second changes nothing";
  ASSERT_TRUE(control().put_control_state({.org = id, .document = "{}"}, 1));
  const OrgRow bare = control().org(id).value();
  EXPECT_TRUE(bare.credential_refs.empty() && bare.base_urls.empty() && bare.prices.empty() && !bare.exact_stream_usage);
  EXPECT_EQ(bare.row_days, kDefaultRowDays);
  (void)other;
}

TEST_P(ControlRows, AnEditOfSettingsIsAVersionAndKeepsTheRest) {
  const OrgId id = org();
  ASSERT_TRUE(control().put_control_state({.org = id, .document = R"({"rules":[{"name":"a"}]})"}, 0));
  const auto name_it = [](const char* reference) {
    return [reference](config::OwnSettings& own) -> Result<void> {
      own.providers = {{"openai", reference, ""}};
      return {};
    };
  };
  ASSERT_TRUE(edit_own_settings(control(), id, {"ann", "dashboard", "credential of openai"}, name_it("env:A")));
  const ControlStateRow head = control().control_state(id).value();
  EXPECT_EQ(head.version, 2);
  EXPECT_EQ(head.actor + ' ' + head.via + ' ' + head.note, "ann dashboard credential of openai");
  EXPECT_NE(head.document.find(R"("name": "a")"), std::string::npos) << head.document;
  EXPECT_EQ(control().org(id).value().credential_refs.at("openai"), "env:A");
  ASSERT_TRUE(edit_own_settings(control(), id, {}, name_it("env:A")));
  EXPECT_EQ(control().control_state(id).value().version, 2) << "nothing changed: no version";
  const auto refused = edit_own_settings(control(), id, {}, [](config::OwnSettings&) -> Result<void> {
    return Error{Code::not_found, Fault::client, Again::no, "none"};
  });
  EXPECT_EQ(refused.error().code, Code::not_found);
}

// As a store is left by a daemon that kept settings beside the control state: its rows are there, the document says nothing of them.
TEST_P(ControlRows, SettingsOfBeforeBecomeAVersionOnce) {
  const OrgId id = org(), bare = org("bare");
  ASSERT_TRUE(
      control().put_control_state({.org = id, .document = R"({"providers":[{"name":"groq","credential":"env:A"}],"retention":{"row_days":9}})"}, 0));
  ASSERT_TRUE(control().put_control_state({.org = bare, .document = "{}"}, 0));
  const auto run = [&](auto&& database) {
    ASSERT_TRUE(database.write([](Session& s) { s.run(Query{"UPDATE control_states SET document = '{}'"}); }));
  };
  if (GetParam() == Kind::sqlite)
    run(sqlite::SqliteDatabase{place_->url().substr(7)});
  else
    run(postgres::PostgresDatabase{place_->url()});
  for (int start = 0; start < 2; ++start) {
    auto again = open_stores(place_->url());
    ASSERT_TRUE(again) << again.error().what;
    const ControlStateRow head = again->control->control_state(id).value();
    EXPECT_EQ(head.version, 2) << "by the first start alone";
    const config::OwnSettings own = config::read_own_settings(head.document);
    EXPECT_EQ(own.providers, (std::vector<config::OwnProvider>{{"groq", "env:A", ""}}));
    EXPECT_EQ(own.retention.row_days, 9);
    EXPECT_EQ(again->control->control_state(bare).value().version, 1);
  }
}

TEST_P(ControlRows, AnEditIsMadeAgainWhereSomebodyWasQuicker) {
  const OrgId id = org();
  int tries = 0;
  ASSERT_TRUE(edit_own_settings(control(), id, {}, [&](config::OwnSettings& own) -> Result<void> {
    if (++tries == 1) { EXPECT_TRUE(control().put_control_state({.org = id, .document = R"({"retention":{"row_days":3,"rollup_days":400}})"}, 0)); }
    own.exact_stream_usage = true;
    return {};
  }));
  EXPECT_EQ(tries, 2);
  EXPECT_EQ(control().org(id).value().row_days, 3);
  EXPECT_TRUE(control().org(id).value().exact_stream_usage);
}

TEST_P(ControlRows, KeysRotateWithAnOverlap) {
  const OrgId id = org(), other = org("other");
  const std::int64_t now = unix_us(), later = now + 3'600'000'000;
  const KeyId old = control().add_key({.org = id, .name = "web", .hint = "h", .digest = digest_of(1), .created_at_us = now}).value();
  const KeyRow fresh{.org = id, .name = "web", .hint = "h", .digest = digest_of(2), .created_at_us = now};
  EXPECT_EQ(control().rotate_key(other, old, fresh, later).error().code, Code::not_found);
  const KeyId next = control().rotate_key(id, old, fresh, later).value();
  EXPECT_NE(next, old);
  EXPECT_EQ(control().keys(id).value().at(0).expires_at_us, later);
  EXPECT_EQ(control().control().value().keys.size(), 2u) << "both are in force";
  // The digest is taken: neither half of the rotation happens.
  EXPECT_EQ(control().rotate_key(id, next, fresh, later).error().code, Code::conflict);
  EXPECT_FALSE(control().keys(id).value().at(1).expires_at_us);
  // Never longer than it was to live.
  KeyRow third = fresh;
  third.digest = digest_of(3);
  ASSERT_TRUE(control().rotate_key(id, old, third, later + 5));
  EXPECT_EQ(control().keys(id).value().at(0).expires_at_us, later);
  ASSERT_TRUE(control().revoke_key(id, old, now));
  third.digest = digest_of(4);
  EXPECT_EQ(control().rotate_key(id, old, third, later).error().code, Code::conflict);
}

TEST_P(ControlRows, KeysAreRenamedAndTheirEndMoves) {
  const OrgId id = org(), other = org("other");
  const KeyId key = control().add_key({.org = id, .name = "a", .hint = "h", .digest = digest_of(1), .created_at_us = 5, .expires_at_us = 9}).value();
  EXPECT_EQ(control().change_key(other, key, {.name = "b"}).error().code, Code::not_found);
  ASSERT_TRUE(control().change_key(id, key, {.name = "b"}));
  EXPECT_EQ(control().keys(id).value()[0].expires_at_us, 9);
  ASSERT_TRUE(control().change_key(id, key, {.expires_at_us = std::optional<std::int64_t>{}}));
  EXPECT_FALSE(control().keys(id).value()[0].expires_at_us);
  EXPECT_EQ(control().keys(id).value()[0].name, "b");
  ASSERT_TRUE(control().revoke_key(id, key, 7));
  EXPECT_EQ(control().change_key(id, key, {.name = "c"}).error().code, Code::conflict);
}

TEST_P(ControlRows, TheLastAdminCanNeitherGoNorStepDown) {
  const OrgId id = org(), other = org("other");
  const auto first = control().add_user({.org = id, .name = "a", .password_hash = "h", .role = Role::admin}).value();
  control().add_user({.org = other, .name = "b", .password_hash = "h", .role = Role::admin}).value();
  EXPECT_EQ(control().set_role(id, first, Role::viewer).error().code, Code::conflict);
  EXPECT_EQ(control().remove_user(id, first).error().code, Code::conflict);
  EXPECT_EQ(control().user(first).value().role, Role::admin) << "a refused change changes nothing";
  EXPECT_EQ(control().remove_user(other, first).error().code, Code::not_found);
  EXPECT_EQ(control().set_role(other, first, Role::viewer).error().code, Code::not_found);
  const auto second = control().add_user({.org = id, .name = "c", .password_hash = "h", .role = Role::admin}).value();
  ASSERT_TRUE(control().set_role(id, first, Role::editor));
  EXPECT_EQ(control().user(first).value().role, Role::editor);
  EXPECT_EQ(control().remove_user(id, second).error().code, Code::conflict);
}

TEST_P(ControlRows, MembersTakeTheirSessionsWithThem) {
  const OrgId id = org();
  control().add_user({.org = id, .name = "admin", .password_hash = "h", .role = Role::admin}).value();
  const auto user = control().add_user({.org = id, .name = "a", .password_hash = "h"}).value();
  const std::int64_t now = unix_us(), later = now + 3'600'000'000;
  for (int n = 1; n <= 3; ++n) ASSERT_TRUE(control().add_session({digest_of(n), user, later}));
  ASSERT_TRUE(control().end_sessions(user, digest_of(2)));
  EXPECT_EQ(control().session(digest_of(1), now).error().code, Code::not_found);
  EXPECT_TRUE(control().session(digest_of(2), now));
  ASSERT_TRUE(control().remove_user(id, user));
  EXPECT_EQ(control().session(digest_of(2), now).error().code, Code::not_found);
  EXPECT_EQ(control().user_by_name("a").error().code, Code::not_found);
}

TEST_P(ControlRows, TokensSayWhenTheyEnd) {
  const OrgId id = org();
  control().add_token({.org = id, .name = "a", .digest = digest_of(1), .created_at_us = 3, .expires_at_us = 9}).value();
  control().add_token({.org = id, .name = "b", .digest = digest_of(2), .created_at_us = 3}).value();
  EXPECT_EQ(control().token(digest_of(1)).value().expires_at_us, 9);
  EXPECT_FALSE(control().token(digest_of(2)).value().expires_at_us);
  EXPECT_EQ(control().tokens(id).value().at(0).expires_at_us, 9);
}

ControlStateRow state(OrgId org, const char* document) {
  return {.org = org, .created_at_us = 1'000, .actor = "anna", .via = "api", .note = "why", .document = document};
}

TEST_P(ControlRows, AControlStateIsVersionsThatAreOnlyAdded) {
  const OrgId id = org(), other = org("other");
  EXPECT_EQ(control().control_state(id).error().code, Code::not_found);
  EXPECT_EQ(control().put_control_state(state(id, "{}"), 0).value(), 1);
  EXPECT_EQ(control().put_control_state(state(id, R"({"rules":[]})"), 1).value(), 2);
  EXPECT_EQ(control().put_control_state(state(id, "{}"), 1).error().code, Code::conflict);
  EXPECT_EQ(control().put_control_state(state(id, "{}"), 3).error().code, Code::conflict);
  const ControlStateRow newest = control().control_state(id).value();
  EXPECT_EQ(newest.version, 2);
  EXPECT_EQ(newest.document, R"({"rules":[]})");
  EXPECT_EQ(newest.actor + newest.via + newest.note, "annaapiwhy");
  EXPECT_EQ(control().control_state(id, 1).value().document, "{}");
  EXPECT_EQ(control().control_state(id, 3).error().code, Code::not_found);
  EXPECT_EQ(control().control_state(other).error().code, Code::not_found);
  EXPECT_EQ(control().control().value().versions, (std::map<OrgId, std::int64_t>{{id, 2}}));
  const auto list = control().control_states(id, {}, 10).value();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].version, 2);
  EXPECT_EQ(control().control_states(id, 2, 10).value().size(), 1u);
  EXPECT_EQ(control().control_states(id, {}, 1).value().size(), 1u);
  EXPECT_TRUE(control().control_states(other, {}, 10).value().empty());
}

TEST_P(ControlRows, OfTwoWhoChangeOneVersionAtOnceOneWins) {
  const OrgId id = org();
  std::atomic<int> won{0}, lost{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      const auto put = control().put_control_state(state(id, "{}"), 0);
      ++(put ? won : lost);
      EXPECT_TRUE(put || put.error().code == Code::conflict);
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(lost, 3);
}

TEST_P(ControlRows, InstancesBeatAndAreForgotten) {
  constexpr std::int64_t kHour = 3'600'000'000;
  ASSERT_TRUE(control().beat({"a", 10, 100, {{1, 5}}}));
  ASSERT_TRUE(control().beat({"b", 20, 200, {}}));
  ASSERT_TRUE(control().beat({"a", 10, 300, {{1, 6}, {2, 1}}}));
  auto rows = control().instances(150).value();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].id, "a");
  EXPECT_EQ(rows[0].seen_at_us, 300);
  EXPECT_EQ(rows[0].versions, (std::map<OrgId, std::int64_t>{{1, 6}, {2, 1}}));
  EXPECT_EQ(control().instances(250).value().size(), 1u);
  ASSERT_TRUE(control().beat({"c", 1, kHour + 250, {}}));
  rows = control().instances(0).value();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].id, "c");
  ASSERT_TRUE(control().beat({"a", 10, 0, {{1, 6}}}));  // how one says that it ends
  rows = control().instances(1).value();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].id, "c");
}

TEST_P(ControlRows, WhatHappenedIsThereOnceWhoeverSawIt) {
  const OrgId id = org(), other = org("other");
  const ControlEventRow seen{0, id, "budget", "month", "0:80", 5, R"({"percent":80})"};
  std::atomic<int> added{0};
  std::vector<std::thread> instances;
  for (int n = 0; n < 4; ++n) instances.emplace_back([&] { added += control().add_control_event(seen).value(); });
  for (auto& instance : instances) instance.join();
  EXPECT_EQ(added, 1);
  EXPECT_FALSE(control().add_control_event(seen).value());
  for (const auto& [org_id, kind, name, key] : {std::tuple{id, "budget", "month", "0:100"},
                                                {id, "latency", "month", "0:80"},
                                                {id, "budget", "week", "0:80"},
                                                {other, "budget", "month", "0:80"}})
    EXPECT_TRUE(control().add_control_event({0, org_id, kind, name, key, 6, "{}"}).value());
  const auto all = control().control_events(id, {}, 10).value();
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[3].detail, seen.detail);
  EXPECT_EQ(all[3].at_us, 5);
  EXPECT_EQ(control().control_events(id, {"budget", "month", {}}, 10).value().size(), 2u);
  EXPECT_EQ(control().control_events(id, {.kind = "budget", .key = "0:100"}, 10).value().size(), 1u);
  EXPECT_EQ(control().control_events(id, {.before = all[1].id}, 10).value().front().id, all[2].id);
  EXPECT_EQ(control().control_events(other, {}, 10).value().size(), 1u);
}

TEST_P(ControlRows, RecommendationsKeepTheLastDecisionOfEachOrg) {
  const OrgId id = control().add_org("acme").value(), other = control().add_org("other").value();
  RecommendationRow row;
  row.org = id, row.id = "0123456789abcdef", row.state = RecommendationState::dismissed, row.at_us = 5, row.who = "ada", row.reason = "tried that";
  row.feature = "chat", row.task = "", row.provider = "openai", row.model = "gpt-4o", row.to_provider = "openai", row.to_model = "gpt-6-luna";
  ASSERT_TRUE(control().put_recommendation(row));
  EXPECT_EQ(control().recommendations(id).value(), std::vector{row});
  row.state = RecommendationState::applied, row.at_us = 9, row.reason = "", row.rule = "cheaper chat";
  row.requests_before = 1'000, row.errors_before = 3, row.days_before = 30, row.cost_before = "123456.000000000000001";
  ASSERT_TRUE(control().put_recommendation(row));
  EXPECT_EQ(control().recommendations(id).value(), std::vector{row});
  EXPECT_TRUE(control().recommendations(other).value().empty());
  auto others = row;
  others.org = other, others.at_us = 1;
  ASSERT_TRUE(control().put_recommendation(others));
  for (int n = 0; n < 1'005; ++n) {
    auto more = row;
    more.id = "id" + std::to_string(n), more.at_us = 100 + n;
    ASSERT_TRUE(control().put_recommendation(more));
  }
  const auto kept = control().recommendations(id).value();
  EXPECT_EQ(kept.size(), 1'000u);
  EXPECT_EQ(kept.front().id, "id1004");
  EXPECT_EQ(control().recommendations(other).value().size(), 1u);
}

// Whoever made the change, and by whichever way: here another connection.
TEST(ControlWatch, HearsOfChangesWhenTheyAreCommitted) {
  if (Place::server() == nullptr) GTEST_SKIP() << "NOT RUN: LECTR_TEST_POSTGRES is not set";
  Place place{Kind::postgres};
  auto stores = open_stores(place.url()).value();
  const auto watch = watch_control(place.url());
  ASSERT_TRUE(watch);
  using std::chrono::milliseconds;
  EXPECT_TRUE(watch->wait(milliseconds{5000})) << "it has just begun to listen: anything may have changed before";
  EXPECT_FALSE(watch->wait(milliseconds{20}));
  const OrgId id = stores.control->add_org("acme").value();
  EXPECT_TRUE(watch->wait(milliseconds{5000}));
  std::thread changes{[&] {
    std::this_thread::sleep_for(milliseconds{30});
    stores.control->put_control_state(state(id, "{}"), 0).value();
  }};
  EXPECT_TRUE(watch->wait(milliseconds{5000}));
  changes.join();
  EXPECT_FALSE(watch->wait(milliseconds{20}));
  watch->stop();
  EXPECT_FALSE(watch->wait(milliseconds{60'000}));
}
TEST(ControlWatch, IsNotForSqlite) { EXPECT_EQ(watch_control("sqlite:/tmp/x"), nullptr); }

}  // namespace
}  // namespace lectr::store
