#include "proxy/price_memo.hpp"

#include <gtest/gtest.h>

namespace lectr::proxy {
namespace {

config::PriceTable table_with(std::initializer_list<const char*> models) {
  config::PriceTable table;
  for (const char* model : models) table.models[std::string{"openai/"} + model].emplace_back();
  return table;
}

TEST(PriceMemo, SaysWhatTheTablesSay) {
  const config::PriceTable table = table_with({"a", "b", "c", "gpt-x"}), own = table_with({"b"});
  PriceMemo memo;
  for (int round = 0; round < 3; ++round)
    for (const config::PriceTable* overrides : {static_cast<const config::PriceTable*>(nullptr), &own})
      for (const char* model : {"a", "b", "c", "gpt-x", "gpt-y", "gpt-x-2026-01-31", ""})
        for (const char* provider : {"openai", "groq"}) {
          const policy::ListedModel want = policy::list_model(table, overrides, provider, model);
          const policy::ListedModel& got = memo.list(table, overrides, provider, model);
          EXPECT_EQ(got.own.periods, want.own.periods) << provider << '/' << model;
          EXPECT_EQ(got.table.periods, want.table.periods) << provider << '/' << model;
          EXPECT_EQ(got.table.alias, want.table.alias) << provider << '/' << model;
        }
}

TEST(PriceMemo, AsksAgainAfterForgetting) {
  config::PriceTable table = table_with({"a"});
  PriceMemo memo;
  EXPECT_EQ(memo.list(table, nullptr, "openai", "b").table.periods, nullptr);
  table.models["openai/b"].emplace_back();
  EXPECT_EQ(memo.list(table, nullptr, "openai", "b").table.periods, nullptr);  // still the old answer
  memo.forget();
  EXPECT_NE(memo.list(table, nullptr, "openai", "b").table.periods, nullptr);
}

}  // namespace
}  // namespace lectr::proxy
