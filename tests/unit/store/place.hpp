// An empty database of either kind for one test, gone after it. Postgres needs LECTR_TEST_POSTGRES (a postgres:// URL of a cluster that
// belongs to the tests, see tests/support/postgres.sh); every test gets a schema of its own in it.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <pqxx/pqxx>
#include <string>

#include "lectr/store/control_store.hpp"

namespace lectr::store {

enum class Kind { sqlite, postgres };

class Place {
 public:
  explicit Place(Kind kind) : kind_{kind}, name_{"lectr_" + std::to_string(::getpid()) + "_" + std::to_string(++made_)} {
    if (kind == Kind::sqlite) {
      folder_ = std::filesystem::temp_directory_path() / name_;
      url_ = "sqlite:" + (folder_ / "lectr.db").string();
    } else {
      admin("CREATE SCHEMA " + name_);
      url_ = std::string{server()} + "?application_name=" + name_ + "&options=-csearch_path%3D" + name_;
    }
  }
  ~Place() {
    if (kind_ == Kind::sqlite)
      std::filesystem::remove_all(folder_);
    else
      admin("DROP SCHEMA " + name_ + " CASCADE");
  }
  Place(const Place&) = delete;

  const std::string& url() const { return url_; }
  const std::string& schema() const { return name_; }
  // Ends the connections of this place's stores, and of no other test's.
  void end_connections() const { admin("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = '" + name_ + "'"); }
  static const char* server() { return std::getenv("LECTR_TEST_POSTGRES"); }
  static pqxx::result admin(const std::string& sql) {
    pqxx::connection connection{server()};
    pqxx::work work{connection};
    pqxx::result result = work.exec(sql);
    work.commit();
    return result;
  }

 private:
  Kind kind_;
  static inline int made_ = 0;
  std::string name_, url_;
  std::filesystem::path folder_;
};

// The fixture of every test that holds for both stores.
class BothStores : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam() == Kind::postgres && Place::server() == nullptr)
      GTEST_SKIP() << "NOT RUN against Postgres: LECTR_TEST_POSTGRES is not set (tests/support/postgres.sh start DIR; postgres.sh url DIR)";
    place_.emplace(GetParam());
    auto opened = open_stores(place_->url());
    ASSERT_TRUE(opened) << opened.error().what;
    stores_ = std::move(*opened);
  }
  EventStore& events() { return *stores_.events; }
  ControlStore& control() { return *stores_.control; }
  InsightStore& insight() { return *stores_.insight; }
  AlertStore& alerts() { return *stores_.alerts; }

  std::optional<Place> place_;
  Stores stores_;
};

#define LECTR_BOTH_STORES(suite)                                                        \
  INSTANTIATE_TEST_SUITE_P(Store, suite, testing::Values(Kind::sqlite, Kind::postgres), \
                           [](const auto& test) { return std::string{test.param == Kind::sqlite ? "sqlite" : "postgres"}; })

}  // namespace lectr::store
