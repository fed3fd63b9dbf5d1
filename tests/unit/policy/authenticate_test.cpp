#include "lectr/policy/authenticate.hpp"

#include <gtest/gtest.h>

namespace lectr::policy {
namespace {

config::Digest digest(std::uint8_t byte) {
  config::Digest d;
  d.fill(byte);
  return d;
}

config::Snapshot sample() {
  config::Snapshot snapshot;
  snapshot.keys[digest(1)] = {11, 1};
  snapshot.keys[digest(2)] = {12, 2};
  snapshot.keys[digest(3)] = {13, 3};
  snapshot.orgs[1].id = 1;
  snapshot.orgs[2].id = 2;
  snapshot.orgs[2].enabled = false;
  return snapshot;
}

TEST(Authenticate, TellsOrgAndKey) {
  const auto snapshot = sample();
  const auto caller = authenticate(snapshot, digest(1));
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->org, &snapshot.orgs.at(1));
  EXPECT_EQ(caller->key, 11);
}

TEST(Authenticate, RefusesUnknownDisabledAndOrphaned) {
  const auto snapshot = sample();
  EXPECT_EQ(authenticate(snapshot, digest(9)).error().code, Code::invalid_lectr_key);
  EXPECT_EQ(authenticate(snapshot, digest(2)).error().code, Code::org_disabled);
  EXPECT_EQ(authenticate(snapshot, digest(3)).error().code, Code::invalid_lectr_key);
  config::Digest nearly = digest(1);
  nearly.back() ^= 1;
  EXPECT_EQ(authenticate(snapshot, nearly).error().code, Code::invalid_lectr_key);
}

}  // namespace
}  // namespace lectr::policy
