// Looks for texts in what a process wrote.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lectr::app::selftest {

struct Searched {
  std::size_t files = 0, tables = 0;
  std::vector<std::string> found;       // "what in where"
  std::vector<std::string> unreadable;  // with the reason
};
struct Needle {
  std::string what, text;
};

// A file, or all files below a folder. Memory does not grow with them. What vanishes meanwhile (a journal's segment) is no trouble.
void search_files(const std::string& path, const std::vector<Needle>& needles, Searched& out);
void search_text(const std::string& where, std::string_view text, const std::vector<Needle>& needles, Searched& out);

}  // namespace lectr::app::selftest
