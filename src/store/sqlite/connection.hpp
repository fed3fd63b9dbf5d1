// One SQLite connection and its statements, owned. One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "store/session.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace lectr::store::sqlite {

class Statement {
 public:
  Statement() = default;
  Statement(Statement&& o) noexcept : handle_{o.handle_} { o.handle_ = nullptr; }
  Statement& operator=(Statement&& o) noexcept { return std::swap(handle_, o.handle_), *this; }
  ~Statement();

  void bind(int at, std::int64_t v);
  void bind_null(int at);
  void bind_text(int at, std::string_view v, bool stays);  // stays: v lives until the statement ran
  void bind_bytes(int at, const void* data, std::size_t n, bool stays = false);
  bool step();  // true: there is a row
  void reset() noexcept;
  sqlite3_stmt* handle() const noexcept { return handle_; }

 private:
  friend class Connection;
  sqlite3_stmt* handle_ = nullptr;
};

class Connection final : public Session {
 public:
  enum class Mode { read, write };
  // Throws Failure, as every member that is not noexcept.
  Connection(const std::string& path, Mode mode);
  Connection(const Connection&) = delete;
  ~Connection();

  void exec(const char* sql);  // one or more statements, rows are ignored
  void exec_migration(std::string_view sql) { exec(std::string{sql}.c_str()); }
  Statement prepare(std::string_view sql, bool reused = false);
  void run(const Query& query, const std::function<void(const Row&)>& each = {}) override;
  std::int64_t newest_seq() override;
  bool partitioned() const noexcept override { return false; }
  bool in_transaction() const noexcept;

  // Longest time one read may take before it is interrupted and reported as unavailable.
  static constexpr std::chrono::seconds kReadDeadline{15};
  void start_deadline() noexcept { deadline_ = std::chrono::steady_clock::now() + kReadDeadline; }

 private:
  void write_ahead();
  struct Close {
    void operator()(sqlite3* db) const noexcept;
  };
  std::unique_ptr<sqlite3, Close> handle_;
  std::chrono::steady_clock::time_point deadline_{};
};

}  // namespace lectr::store::sqlite
