// A control document as people keep it, YAML or JSON, to JSON; and where each part of it stands. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace lectr::app::ascode {

inline constexpr std::size_t kMostDocumentBytes = 1u << 20, kMostDepth = 64, kMostDocumentProblems = 100;

// Counted from 1, as editors do. The column counts bytes.
struct Place {
  std::size_t line = 1, column = 1;
  friend auto operator<=>(const Place&, const Place&) = default;
};
struct DocumentProblem {
  Place place;
  std::string field, reason;  // field: a path like "rules[2].split[0].provider"; may be empty
};
struct Document {
  nlohmann::ordered_json value;
  std::map<std::string, Place> places;    // by path: of members their name's, of elements their beginning; "" is the whole
  std::vector<DocumentProblem> problems;  // in the order of the text; none: `value` is what it says

  // Of a path or, where it is not there, of the nearest part that would hold it.
  Place place_of(std::string_view path) const;
};

// YAML 1.2, core schema, of which JSON is a part. Plain true, false, null and whole numbers are typed; every other plain value is text, 12.50 too, as
// money is text here; what is quoted is text. Refused, each with its place: what is not YAML, names given twice, aliases, several documents, control
// characters, and more than a MiB or 64 levels.
Document read_document(std::string_view text);

}  // namespace lectr::app::ascode
