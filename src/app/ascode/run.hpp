// One run of a command: what it was asked, and where it asks. Texts for people go to standard output, problems to standard error.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "app/ascode/client.hpp"
#include "app/ascode/document.hpp"
#include "app/commands.hpp"

namespace lectr::app::ascode {

// What commands end with.
inline constexpr int kDone = 0, kFailed = 1, kChanges = 2, kLags = 3;

struct Asked {
  std::string url, token_file, ca_file, org;
  std::string file, output, note, window;
  std::int64_t version = -1, from = 0, to = 0, limit = 20;
  std::optional<std::int64_t> base_version;
  bool json = false, yes = false, force = false;
};

// Says what is wrong on standard error and returns kFailed.
int fail(const std::string& what);
int fail(const Answer& answer);

// The file, or standard input for "-". Nothing: it said why.
std::optional<std::string> read_file(const std::string& name);
std::string shown_name(const std::string& file);
// Reads and takes apart; nothing: its problems are printed.
std::optional<Document> load_document(const std::string& file);

int export_state(Client& client, const Asked& asked);
int show_versions(Client& client, const Asked& asked);
int show_difference(Client& client, const Asked& asked);
int validate(const CommonFlags& flags, const Asked& asked);

int plan(Client& client, const Asked& asked);
int apply(Client& client, const Asked& asked);
int roll_back(Client& client, const Asked& asked);

}  // namespace lectr::app::ascode
