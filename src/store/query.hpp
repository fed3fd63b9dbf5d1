// SQL that both dialects understand, and the values for it. Placeholders are $1, $2, … in order of appearance, each used once: Postgres
// numbers them so, SQLite takes them as names that get the same numbers.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lectr/store/control_store.hpp"
#include "lectr/store/event_store.hpp"

namespace lectr::store {

struct Bytes {
  std::string data;
};

class Query {
 public:
  using Value = std::variant<std::monostate, std::int64_t, std::string, Uuid, Digest, Bytes, Money>;  // monostate: NULL
  Query() = default;
  template <class... Values>
  explicit Query(std::string_view text, const Values&... new_values) {
    add(text, new_values...);
  }

  // Appends `text`, in which every `?` becomes the next placeholder, and the values for these.
  template <class... Values>
  Query& add(std::string_view text, const Values&... new_values) {
    append(text);
    (values_.push_back(value(new_values)), ...);
    return *this;
  }
  // The text is one of few that come again and again: a session may keep it planned. Not for what depends on the values, as bounds of partitions do.
  Query& kept() noexcept {
    kept_ = true;
    return *this;
  }
  bool is_kept() const noexcept { return kept_; }
  const std::string& sql() const noexcept { return sql_; }
  const std::vector<Value>& values() const noexcept { return values_; }

 private:
  static Value value(std::int64_t v) { return v; }
  static Value value(std::string_view v);  // made storable
  static Value value(const Uuid& v) { return v; }
  static Value value(const Digest& v) { return v; }
  static Value value(const Bytes& v) { return v; }
  static Value value(const Money& v) { return v; }
  static Value value(const std::optional<std::int64_t>& v) { return v ? Value{*v} : Value{}; }
  template <std::same_as<std::optional<std::string>> Text>  // exactly that: a plain text is no optional one
  static Value value(const Text& v) {
    return v ? value(std::string_view{*v}) : Value{};
  }
  void append(std::string_view text);

  std::string sql_;
  std::vector<Value> values_;
  int used_ = 0;
  bool kept_ = false;
};

// Of elements whose texts need no quotes.
template <class Range, class TextOf>
std::string joined(const Range& elements, const TextOf& text_of) {
  std::string text;
  for (const auto& element : elements) text.append(text.empty() ? "" : ",").append(text_of(element));
  return text;
}

struct TimeRange {
  std::int64_t from_us = 0, to_us = 0;  // [from, to)
  std::int64_t most = 0;                // see RequestPart::least
  bool rest = false;                    // the larger ones were read
};

// A part of the table, within the filter's window.
struct RequestPart {
  std::optional<std::int64_t> from_us{}, to_us{};  // [from, to)
  std::span<const TimeRange> only{};               // Postgres: within these bounds, which must be given then, only these ranges of few rows each
  // With `only`, in another order than by time: of each range the rows whose value is at least this and at most the range's `most`.
  std::optional<std::int64_t> least{};
  std::optional<std::int64_t> after_seq{}, up_to_seq{};  // (after, up to]
};
// At most `limit` rows in the order of `sort`. `partitioned`: the table is, by the time in ids.
Query requests_query(const RequestFilter& filter, const RequestPart& part, const std::optional<RequestCursor>& before, std::size_t limit,
                     RequestSort sort, bool partitioned);
Query walk_query(OrgId org, std::int64_t from_us, std::int64_t to_us, const std::optional<RequestCursor>& after, std::size_t limit, bool partitioned);
Query request_query(OrgId org, const Uuid& id);

}  // namespace lectr::store
