#include "store/columns.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#include "store/session.hpp"

namespace lectr::store {
namespace {

constexpr std::string_view kWalked[] = {"id",
                                        "completed_at_us",
                                        "key_id",
                                        "provider",
                                        "endpoint",
                                        "method",
                                        "model_requested",
                                        "model_actual",
                                        "feature",
                                        "task",
                                        "error_code",
                                        "status",
                                        "error_source",
                                        "verdict",
                                        "streaming",
                                        "latency_us",
                                        "tokens_input",
                                        "tokens_output",
                                        "tokens_cached",
                                        "tokens_cache_write",
                                        "tokens_reasoning",
                                        "cost",
                                        "cost_low",
                                        "cost_high",
                                        "why",
                                        "control_version"};

// Which columns of the list are walked, by their place in it.
struct NameList {
  std::string names, placeholders, walked;
  std::vector<bool> is_walked;
  int used = 0;

  void id(const char* name, const Uuid&) { add(name); }
  void number(const char* name, std::int64_t) { add(name); }
  void count(const char* name, std::int64_t) { add(name); }
  void text(const char* name, const std::string&) { add(name); }
  void flag(const char* name, bool) { add(name); }
  void money(const char* name, const std::optional<Money>&) { add(name); }
  template <class Enum>
  void choice(const char* name, Enum) {
    add(name);
  }

 private:
  void add(const char* name) {
    const char* separator = used == 0 ? "" : ", ";
    names += separator + std::string{name};
    placeholders += separator + std::string{"$"} + std::to_string(++used);
    is_walked.push_back(std::find(std::begin(kWalked), std::end(kWalked), name) != std::end(kWalked));
    if (is_walked.back()) walked += (walked.empty() ? "" : ", ") + std::string{name};
  }
};

const NameList& name_list() {
  static const NameList list = [] {
    NameList made;
    const Event any;
    visit_columns(made, any);
    return made;
  }();
  return list;
}

constexpr int last_of(ErrorCategory) { return static_cast<int>(ErrorCategory::internal); }
constexpr int last_of(ErrorSource) { return static_cast<int>(ErrorSource::client); }
constexpr int last_of(Verdict) { return static_cast<int>(Verdict::client_gone); }
constexpr int last_of(TokenSource) { return static_cast<int>(TokenSource::measured); }
constexpr int last_of(CostSource) { return static_cast<int>(CostSource::unknown_model); }

// `only`: the columns that the row has; null: all.
struct RowReader {
  const Row& row;
  const std::vector<bool>* only = nullptr;
  int at = 0;
  std::size_t column = 0;

  void id(const char*, Uuid& v) {
    if (has()) v = row.id(at++);
  }
  template <class Number>
  void number(const char*, Number& v) {
    if (has()) v = static_cast<Number>(row.number(at++));
  }
  void count(const char*, std::int64_t& v) {
    if (has()) v = row.maybe_number(at++).value_or(-1);
  }
  void text(const char*, std::string& v) {
    if (has()) v = row.text(at++);
  }
  void flag(const char*, bool& v) {
    if (has()) v = row.flag(at++);
  }
  void money(const char*, std::optional<Money>& v) {
    if (has()) v = row.money(at++);
  }
  template <class Enum>
  void choice(const char*, Enum& v) {
    if (!has()) return;
    const std::int64_t n = row.number(at++);
    v = n >= 0 && n <= last_of(Enum{}) ? static_cast<Enum>(n) : Enum{};
  }

 private:
  bool has() noexcept {
    const std::size_t here = column++;
    return only == nullptr || (*only)[here];
  }
};

}  // namespace

const std::string& column_names() { return name_list().names; }
const std::string& walked_columns() { return name_list().walked; }
const std::string& column_placeholders() { return name_list().placeholders; }

Event event_of(const Row& row) {
  Event event;
  RowReader reader{row};
  visit_columns(reader, event);
  return event;
}

Event walked_event_of(const Row& row) {
  Event event;
  RowReader reader{row, &name_list().is_walked};
  visit_columns(reader, event);
  return event;
}

}  // namespace lectr::store
