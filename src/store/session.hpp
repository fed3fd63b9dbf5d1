// What both dialects can do for the code above them: run a query within a transaction, and read rows.
//
// Failures inside a transaction travel as `Failure` (an Error that unwinds) and become a Result at Database::read and write: the one edge.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "lectr/base/event.hpp"
#include "lectr/base/result.hpp"
#include "lectr/store/control_store.hpp"
#include "store/query.hpp"

namespace lectr::store {

struct Failure : std::exception {
  explicit Failure(const Error& e) noexcept : error{e} {}
  const char* what() const noexcept override { return error.what; }
  Error error;
};

namespace failures {
inline constexpr Error kUnavailable{Code::unavailable, Fault::us, Again::same_target, "the store can't be reached or does not answer"};
inline constexpr Error kRefusedRow{Code::corrupt, Fault::us, Again::no, "the store can never take this row"};
inline constexpr Error kDuplicate{Code::conflict, Fault::client, Again::no, "there is one of that name or digest already"};
inline constexpr Error kMissingParent{Code::not_found, Fault::client, Again::no, "what it belongs to does not exist"};
inline constexpr Error kNotFound{Code::not_found, Fault::client, Again::no, "there is no such row"};
}  // namespace failures

// One row of a result; columns count from 0. Valid during the call that got it.
class Row {
 public:
  virtual bool null(int column) const = 0;
  virtual std::int64_t number(int column) const = 0;
  virtual std::string_view text(int column) const = 0;
  virtual bool flag(int column) const = 0;
  virtual Uuid id(int column) const = 0;
  virtual Digest digest(int column) const = 0;
  virtual std::string bytes(int column) const = 0;
  virtual std::optional<Money> money(int column) const = 0;
  std::optional<std::int64_t> maybe_number(int column) const { return null(column) ? std::nullopt : std::optional{number(column)}; }

 protected:
  ~Row() = default;
};

class Session {
 public:
  // Runs to the end, calling `each` for every row.
  virtual void run(const Query& query, const std::function<void(const Row&)>& each = {}) = 0;
  // No row that is visible has a higher number.
  virtual std::int64_t newest_seq() = 0;
  virtual bool partitioned() const noexcept = 0;  // whether events are, by the time in their ids

 protected:
  ~Session() = default;
};

class Database {
 public:
  using Work = std::function<void(Session&)>;
  virtual ~Database() = default;
  virtual Result<void> read(const Work& work) = 0;
  virtual Result<void> write(const Work& work) = 0;  // all or nothing, and on disk when it returns
};

}  // namespace lectr::store
