// A folder of its own for one test, gone after it.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace lectr::events {

class Folder {
 public:
  Folder() : path_{std::filesystem::temp_directory_path() / ("lectr_journal_" + std::to_string(::getpid()) + "_" + std::to_string(++made_))} {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  std::string path() const { return path_.string(); }

  std::vector<std::string> segments() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator{path_})
      if (entry.path().extension() == ".journal") found.push_back(entry.path().string());
    std::sort(found.begin(), found.end());
    return found;
  }
  static std::string read(const std::string& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
  }
  static void write(const std::string& file, const std::string& bytes) {
    std::ofstream out{file, std::ios::binary | std::ios::trunc};
    out << bytes;
    ASSERT_TRUE(out.flush());
  }

 private:
  static inline int made_ = 0;
  std::filesystem::path path_;
};

}  // namespace lectr::events
