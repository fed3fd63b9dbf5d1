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

}  // namespace
}  // namespace lectr::app
