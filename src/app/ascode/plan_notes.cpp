#include "app/ascode/plan_notes.hpp"

#include <fcntl.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace lectr::app::ascode {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostBytes = 1u << 20;

// [{"plan": hash, "base_version": n}], newest first.
Json read_notes(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  std::string text(kMostBytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, in.gcount())));
  Json notes = Json::parse(text, nullptr, false);
  Json out = Json::array();
  if (!notes.is_array()) return out;
  for (auto& note : notes)
    if (note.is_object() && note.value("plan", Json()).is_string() && note.value("base_version", Json()).is_number_integer())
      out.push_back(std::move(note));
  return out;
}

// Beside it first, then in its place: two commands at once leave one of the two files, whole.
bool write_notes(const std::string& path, const Json& notes) {
  std::error_code ignored;
  const auto folder = std::filesystem::path{path}.parent_path();
  std::filesystem::create_directories(folder, ignored);
  const std::string text = notes.dump(1) + '\n', beside = path + '.' + std::to_string(::getpid());
  const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return false;
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(file);
  if (written && ::rename(beside.c_str(), path.c_str()) == 0) return true;
  ::unlink(beside.c_str());
  return false;
}

void drop(Json& notes, const std::string& hash) {
  Json kept = Json::array();
  for (auto& note : notes)
    if (note["plan"] != hash) kept.push_back(std::move(note));
  notes = std::move(kept);
}

}  // namespace

std::string plan_notes_path() {
  const char *cache = std::getenv("XDG_CACHE_HOME"), *home = std::getenv("HOME");
  if (cache && *cache == '/') return std::string{cache} + "/lectr/plans.json";
  return home && *home == '/' ? std::string{home} + "/.cache/lectr/plans.json" : std::string{};
}

std::string plan_hash(const Json& document, const std::string& target) {
  const std::string text = document.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n' + target;
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  std::string out;
  for (const unsigned char byte : digest) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

std::optional<std::int64_t> noted_base(const std::string& path, const std::string& hash) {
  if (path.empty()) return {};
  for (const auto& note : read_notes(path))
    if (note["plan"] == hash) return note["base_version"].get<std::int64_t>();
  return {};
}

bool note_plan(const std::string& path, const std::string& hash, std::int64_t base_version) {
  if (path.empty()) return false;
  Json notes = read_notes(path);
  drop(notes, hash);
  notes.insert(notes.begin(), Json{{"plan", hash}, {"base_version", base_version}});
  while (notes.size() > kMostPlanNotes) notes.erase(notes.size() - 1);
  return write_notes(path, notes);
}

void forget_plan(const std::string& path, const std::string& hash) {
  if (path.empty() || !noted_base(path, hash)) return;
  Json notes = read_notes(path);
  drop(notes, hash);
  write_notes(path, notes);
}

}  // namespace lectr::app::ascode
