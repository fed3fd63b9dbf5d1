#include "store/columns.hpp"

#include "store/session.hpp"

namespace lectr::store {
namespace {

struct NameList {
  std::string names, placeholders;
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

struct RowReader {
  const Row& row;
  int at = 0;

  void id(const char*, Uuid& v) { v = row.id(at++); }
  template <class Number>
  void number(const char*, Number& v) {
    v = static_cast<Number>(row.number(at++));
  }
  void count(const char*, std::int64_t& v) { v = row.maybe_number(at++).value_or(-1); }
  void text(const char*, std::string& v) { v = row.text(at++); }
  void flag(const char*, bool& v) { v = row.flag(at++); }
  void money(const char*, std::optional<Money>& v) { v = row.money(at++); }
  template <class Enum>
  void choice(const char*, Enum& v) {
    const std::int64_t n = row.number(at++);
    v = n >= 0 && n <= last_of(Enum{}) ? static_cast<Enum>(n) : Enum{};
  }
};

}  // namespace

const std::string& column_names() { return name_list().names; }
const std::string& column_placeholders() { return name_list().placeholders; }

Event event_of(const Row& row) {
  Event event;
  RowReader reader{row};
  visit_columns(reader, event);
  return event;
}

}  // namespace lectr::store
