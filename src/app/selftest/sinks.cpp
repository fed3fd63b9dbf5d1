#include "app/selftest/sinks.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>

namespace lectr::app::selftest {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kBlock = std::size_t{1} << 20;

void search_file(const fs::path& path, const std::vector<Needle>& needles, Searched& out) {
  std::ifstream in{path, std::ios::binary};
  std::error_code gone;
  if (!in && fs::exists(path, gone)) return out.unreadable.push_back(path.string() + ": can't be opened"), void();
  if (!in) return;
  ++out.files;
  std::size_t longest = 1;
  for (const Needle& n : needles) longest = std::max(longest, n.text.size());
  std::vector<bool> seen(needles.size());
  std::string block;
  for (std::size_t kept = 0;;) {  // the end of the block before: a text may lie across
    block.resize(kept + kBlock);
    in.read(block.data() + kept, kBlock);
    const auto n = static_cast<std::size_t>(in.gcount());
    block.resize(kept + n);
    for (std::size_t i = 0; i < needles.size(); ++i) {
      if (seen[i] || block.find(needles[i].text) == block.npos) continue;
      seen[i] = true;
      out.found.push_back(needles[i].what + " in " + path.string());
    }
    if (n == 0) return;
    kept = std::min(block.size(), longest - 1);
    block.erase(0, block.size() - kept);
  }
}

}  // namespace

void search_files(const std::string& path, const std::vector<Needle>& needles, Searched& out) {
  std::error_code failed;
  if (!fs::is_directory(path, failed)) return search_file(path, needles, out);
  fs::recursive_directory_iterator at{path, fs::directory_options::skip_permission_denied, failed};
  if (failed) return out.unreadable.push_back(path + ": " + failed.message()), void();
  for (; at != fs::recursive_directory_iterator{}; at.increment(failed)) {
    std::error_code ignored;
    if (at->is_regular_file(ignored)) search_file(at->path(), needles, out);
    if (failed) break;
  }
}

void search_text(const std::string& where, std::string_view text, const std::vector<Needle>& needles, Searched& out) {
  for (const Needle& n : needles)
    if (text.find(n.text) != text.npos) out.found.push_back(n.what + " in " + where);
}

}  // namespace lectr::app::selftest
