// The statement that stores events, several rows at a time, prepared once and bound with as little work as a row needs.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lectr/base/event.hpp"
#include "store/sqlite/connection.hpp"

namespace lectr::store::sqlite {

// Belongs to the thread that has its connection. Throws Failure.
class Insert {
 public:
  // Stores `rows` events at each run; ids that are there are skipped.
  Insert(Connection& connection, std::size_t rows);
  std::size_t rows() const noexcept { return rows_; }

  // Before the first run() of a batch: texts are bound in place, so what the batch before held is forgotten.
  void begin_batch() noexcept;
  // Exactly rows() events, which live unchanged until the last run() of their batch. A failure leaves some of the rows stored: the caller
  // rolls its transaction back.
  void run(std::span<const Event> events);

 private:
  struct Binder;
  // What a placeholder holds, so that a value that most rows share is bound once.
  struct Bound {
    enum class Kind : std::uint8_t { nothing, null, number, text } kind = Kind::nothing;
    std::int64_t number = 0;
    std::string_view text;
  };
  std::size_t rows_;
  std::vector<Bound> bound_;
  std::string scratch_;
  Statement statement_;
};

}  // namespace lectr::store::sqlite
