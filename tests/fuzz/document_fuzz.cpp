// Control documents as files: whatever the bytes, they are a document or problems with places in them, and what is read can be written and read again.
#include <algorithm>
#include <cstdlib>

#include "app/ascode/document.hpp"
#include "app/ascode/document_write.hpp"
#include "pieces.hpp"

using namespace lectr::app::ascode;

namespace {

// Places are within the text, or right behind it.
void check_places(const Document& document, std::string_view text) {
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  for (const auto& [path, place] : document.places)
    if (place.line < 1 || place.line > lines + 1 || place.column < 1) std::abort();
  for (const auto& problem : document.problems)
    if (problem.place.line < 1 || problem.reason.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = lectr::fuzz::text_of(data, size);
  const Document document = read_document(text);
  check_places(document, text);
  if (!document.problems.empty()) return 0;
  const Document again = read_document(write_document(document.value));
  // Written out, a document may be longer than one may be.
  if (again.problems.empty() ? again.value != document.value : size < kMostDocumentBytes / 16) std::abort();
  return 0;
}
