#include "lectr/store/alert_store.hpp"

#include <atomic>
#include <thread>

#include "lectr/base/clock.hpp"
#include "place.hpp"

namespace lectr::store {
namespace {

constexpr std::int64_t kMinute = 60'000'000;
constexpr const char* kTwoChannels = R"({"alerts":[{"name":"mail","type":"email","to":["a@b"],"min_severity":"medium"},
  {"name":"hook","type":"webhook","url":"https://x","kinds":["budget"]},{"name":"off","type":"slack","url":"https://y","enabled":false}]})";

class Outbox : public BothStores {
 protected:
  OrgId org(const char* name = "acme", const char* document = kTwoChannels) {
    const OrgId id = control().add_org(name).value();
    EXPECT_TRUE(control().put_control_state({.org = id, .created_at_us = 1, .document = document}, 0));
    return id;
  }
  ControlEventRow event(OrgId id, const char* kind = "budget", const char* key = "0:80", const char* detail = "{}") {
    return {0, id, kind, "month", key, 5, detail};
  }
  std::vector<DeliveryRow> all(OrgId id, const DeliveryFilter& filter = {}) { return alerts().deliveries(id, filter, 100).value(); }
  std::int64_t now_ = unix_us() + 1'000'000;
};
LECTR_BOTH_STORES(Outbox);

TEST_P(Outbox, AnEventOwesADeliveryToEachChannelThatWantsItOnce) {
  const OrgId id = org(), other = org("other"), plain = control().add_org("plain").value();
  EXPECT_TRUE(control().add_control_event(event(id)).value());
  EXPECT_FALSE(control().add_control_event(event(id)).value());
  EXPECT_TRUE(control().add_control_event(event(plain)).value());
  const auto owed = all(id);
  ASSERT_EQ(owed.size(), 2u);
  EXPECT_EQ(owed[1].channel, "mail");
  EXPECT_EQ(owed[0].channel, "hook");
  EXPECT_EQ(owed[0].event.name, "month");
  EXPECT_EQ(owed[0].event.at_us, 5);
  EXPECT_EQ(owed[0].state, DeliveryState::pending);
  EXPECT_TRUE(all(other).empty());
  EXPECT_TRUE(all(plain).empty());
}

TEST_P(Outbox, SeverityAndKindDecideWhoIsTold) {
  const OrgId id = org();
  const auto told = [&](const char* kind, const char* key, const char* detail) {
    EXPECT_TRUE(control().add_control_event(event(id, kind, key, detail)).value());
    std::size_t count = 0;
    for (const auto& row : all(id)) count += row.event.key == key;
    return count;
  };
  EXPECT_EQ(told("anomaly", "1", R"({"severity":"low"})"), 0u);
  EXPECT_EQ(told("anomaly", "2", R"({"severity":"high"})"), 1u);
  EXPECT_EQ(told("anomaly", "3", "{}"), 1u) << "better told than lost";
  EXPECT_EQ(told("latency", "4", "{}"), 1u);
  EXPECT_EQ(told("weather", "5", "{}"), 0u);
}

TEST_P(Outbox, AnAnomalyThatBecomesGraverIsToldToWhoWantsOnlyThose) {
  const OrgId id =
      org("acme", R"({"alerts":[{"name":"all","type":"email","to":["a@b"]},{"name":"medium","type":"email","to":["a@b"],"min_severity":"medium"},
    {"name":"high","type":"email","to":["a@b"],"min_severity":"high"}]})");
  const auto told = [&](const char* severity) {
    EXPECT_TRUE(control().add_control_event(event(id, "anomaly", "7", severity)));
    std::vector<std::string> names;
    for (const auto& row : all(id)) names.insert(names.begin(), row.channel);
    return names;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(told(R"({"severity":"low"})"), (Names{"all"}));
  EXPECT_EQ(told(R"({"severity":"medium"})"), (Names{"all", "medium"}));
  EXPECT_EQ(told(R"({"severity":"low"})"), (Names{"all", "medium"}));
  EXPECT_EQ(told(R"({"severity":"high"})"), (Names{"all", "medium", "high"}));
  EXPECT_EQ(told(R"({"severity":"high"})"), (Names{"all", "medium", "high"}));
  const auto events = control().control_events(id, {}, 10).value();
  ASSERT_EQ(events.size(), 1u) << "there once";
  EXPECT_EQ(events[0].detail, R"({"severity":"high"})");
}

TEST_P(Outbox, OfManyInstancesOneGetsEach) {
  const OrgId id = org();
  for (const char* key : {"1", "2", "3", "4", "5"}) ASSERT_TRUE(control().add_control_event(event(id, "budget", key)).value());
  std::atomic<std::size_t> taken{0};
  std::vector<std::thread> instances;
  for (int n = 0; n < 4; ++n)
    instances.emplace_back([&, n] {
      for (int turn = 0; turn < 4; ++turn) {
        const auto rows = alerts().take_due(std::to_string(n) + '.' + std::to_string(turn), now_, now_ + kMinute, 3);
        if (rows) taken += rows->size();
      }
    });
  for (auto& instance : instances) instance.join();
  EXPECT_EQ(taken, 10u);
}

TEST_P(Outbox, AClaimRunsOutAndAnotherTakesIt) {
  const OrgId id = org();
  ASSERT_TRUE(control().add_control_event(event(id, "latency")).value());
  auto mine = alerts().take_due("mine", now_, now_ + kMinute, 10).value();
  ASSERT_EQ(mine.size(), 1u);
  EXPECT_EQ(mine[0].attempts, 1);
  EXPECT_TRUE(alerts().take_due("other", now_ + kMinute - 1, now_ + 2 * kMinute, 10).value().empty());
  const auto late = alerts().take_due("other", now_ + kMinute, now_ + 2 * kMinute, 10).value();
  ASSERT_EQ(late.size(), 1u);
  EXPECT_EQ(late[0].attempts, 2);
  // Who lost the claim may no longer say that it failed, but that it was sent.
  ASSERT_TRUE(alerts().settle(mine[0].id, "mine", {DeliveryState::dead, now_, 0, 404, "too late"}));
  EXPECT_EQ(all(id)[0].state, DeliveryState::pending);
  ASSERT_TRUE(alerts().settle(mine[0].id, "mine", {DeliveryState::sent, now_ + 7, 0, 200, "sent"}));
  ASSERT_TRUE(alerts().settle(mine[0].id, "other", {DeliveryState::pending, now_, now_, 500, "failed"}));
  const auto row = all(id)[0];
  EXPECT_EQ(row.state, DeliveryState::sent);
  EXPECT_EQ(row.status, 200);
  EXPECT_EQ(row.changed_at_us, now_ + 7);
  EXPECT_TRUE(alerts().take_due("third", now_ + 100 * kMinute, now_ + 101 * kMinute, 10).value().empty());
}

TEST_P(Outbox, WhatFailedIsDueAgainAndWhatIsDeadIsTriedWhenSomebodySaysSo) {
  const OrgId id = org(), other = org("other");
  ASSERT_TRUE(control().add_control_event(event(id, "latency")).value());
  auto taken = alerts().take_due("a", now_, now_ + kMinute, 10).value();
  ASSERT_TRUE(alerts().settle(taken[0].id, "a", {DeliveryState::pending, now_, now_ + 10, 503, "answered 503"}));
  EXPECT_EQ(alerts().retry(id, taken[0].id, now_).error().code, Code::conflict);
  taken = alerts().take_due("b", now_ + 10, now_ + kMinute, 10).value();
  ASSERT_EQ(taken.size(), 1u);
  ASSERT_TRUE(alerts().settle(taken[0].id, "b", {DeliveryState::dead, now_, 0, 503, "answered 503"}));
  EXPECT_EQ(all(id, {DeliveryState::dead, "mail", {}}).size(), 1u);
  EXPECT_TRUE(all(id, {DeliveryState::sent, "", {}}).empty());
  EXPECT_TRUE(all(id, {.before = taken[0].id}).empty());
  EXPECT_EQ(all(id, {.event = taken[0].event.id}).size(), 1u);
  EXPECT_TRUE(all(id, {.event = taken[0].event.id + 1}).empty());
  EXPECT_EQ(alerts().retry(other, taken[0].id, now_).error().code, Code::not_found);
  ASSERT_TRUE(alerts().retry(id, taken[0].id, now_ + 20));
  taken = alerts().take_due("c", now_ + 20, now_ + kMinute, 10).value();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].attempts, 1);
}

TEST_P(Outbox, SecretsAreAnOrgsOwn) {
  const OrgId id = org(), other = org("other");
  EXPECT_EQ(alerts().secret(id, "hook").error().code, Code::not_found);
  ASSERT_TRUE(alerts().set_secret(id, "hook", Secret{"first"}, 1));
  ASSERT_TRUE(alerts().set_secret(id, "hook", Secret{"second"}, 2));
  EXPECT_EQ(alerts().secret(id, "hook").value().reveal(), "second");
  EXPECT_EQ(alerts().secret(other, "hook").error().code, Code::not_found);
  EXPECT_EQ(alerts().secrets_made(id).value(), (std::map<std::string, std::int64_t>{{"hook", 2}}));
  EXPECT_TRUE(alerts().secrets_made(other).value().empty());
}

}  // namespace
}  // namespace lectr::store
