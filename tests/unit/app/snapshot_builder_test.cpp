#include "app/snapshot_builder.hpp"

#include <gtest/gtest.h>

namespace lectr::app {
namespace {

struct ReferenceCase {
  const char* name;
  const char* reference;
  bool allowed;
};
class References : public testing::TestWithParam<ReferenceCase> {};

// An org's admin also says where the provider is: whatever may be named can be sent away.
TEST_P(References, AnOrgMayName) { EXPECT_EQ(org_may_name(GetParam().reference, "/var/lib/lectr"), GetParam().allowed); }

INSTANTIATE_TEST_SUITE_P(
    Table, References,
    testing::Values(ReferenceCase{"api_key", "env:OPENAI_API_KEY", true}, ReferenceCase{"other_variable", "env:PGPASSWORD", false},
                    ReferenceCase{"own_variable", "env:LECTR_X_API_KEY", false}, ReferenceCase{"run_secrets", "file:/run/secrets/openai", true},
                    ReferenceCase{"own_secrets", "file:/var/lib/lectr/secrets/openai", true},
                    ReferenceCase{"own_store", "file:/var/lib/lectr/lectr.db", false},
                    ReferenceCase{"deeper", "file:/run/secrets/kubernetes.io/token", false},
                    ReferenceCase{"upwards", "file:/run/secrets/../shadow", false}, ReferenceCase{"dots", "file:/run/secrets/..", false},
                    ReferenceCase{"elsewhere", "file:/etc/shadow", false}, ReferenceCase{"longer_folder", "file:/xvar/lib/lectr/secrets/a", false},
                    ReferenceCase{"folder_itself", "file:/run/secrets/", false}, ReferenceCase{"relative", "file:secrets", false}),
    [](const auto& c) { return std::string{c.param.name}; });

store::KeyRow key(KeyId id, OrgId org, std::string name) {
  store::KeyRow row;
  row.id = id, row.org = org, row.name = std::move(name);
  return row;
}

TEST(LimitKeys, AreThoseOfTheOrgThatHaveANameALimitGives) {
  const auto registry = config::build_registry({}).value();
  const auto control = config::parse_control(
      R"({"limits":[{"name":"a","limit":1,"key":"web"},{"name":"b","limit":1,"key":"later"},{"name":"c","limit":1,"key":"3"}]})", registry);
  const std::vector keys{key(1, 1, "web"), key(2, 1, "other"), key(3, 1, "3"), key(4, 2, "web"), key(5, 1, "web")};
  const auto made = limit_keys(control.value(), 9, keys, 1);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->version, 9u);
  EXPECT_EQ(made->by_name, (decltype(made->by_name){{"web", {1, 5}}, {"later", {}}}));
  EXPECT_FALSE(limit_keys({}, 9, keys, 1));
}

}  // namespace
}  // namespace lectr::app
