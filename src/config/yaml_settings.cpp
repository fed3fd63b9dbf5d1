#include "config/yaml_settings.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "config/fields.hpp"
#include "config/provider_settings.hpp"

namespace lectr::config {
namespace {

class Reader {
 public:
  Reader(const std::string& file, Settings& settings, Problems& problems) : file_{file}, settings_{settings}, problems_{problems} {}

  void document(const YAML::Node& root) {
    if (root.IsNull()) return;
    if (!root.IsMap()) return report(root.Mark(), "", "the document must be a map of settings");
    section(root, "");
  }

 private:
  void section(const YAML::Node& map, const std::string& prefix) {
    each(map, prefix, [&](const std::string& key, const YAML::Node& name, const YAML::Node& value) {
      if (prefix.empty() && key == "providers") return providers(value, key);
      const Field* field = field_named(key);
      if (field && field->only_environment) return report(name.Mark(), key, "a secret: give it as " + variable_of(key) + " in the environment");
      if (field) return single(*field, value);
      if (!is_section(key)) return report(name.Mark(), key, "no such setting");
      if (!value.IsMap()) return report(value.Mark(), key, "must be a map");
      section(value, key + '.');
    });
  }

  // Calls take(full key, key node, value node) for every entry; a key given twice is a problem.
  template <class Take>
  void each(const YAML::Node& map, const std::string& prefix, Take&& take) {
    std::set<std::string> seen;
    for (const auto& entry : map) {
      if (!entry.first.IsScalar()) {
        report(entry.first.Mark(), prefix, "a key must be plain text");
        continue;
      }
      const std::string key = prefix + entry.first.Scalar();
      if (seen.insert(key).second) {
        take(key, entry.first, entry.second);
      } else {
        report(entry.first.Mark(), key, "given twice");
      }
    }
  }

  static bool is_section(const std::string& key) {
    return std::any_of(fields().begin(), fields().end(), [&](const Field& f) { return f.key.starts_with(key + '.'); });
  }

  bool scalar(const YAML::Node& value, const std::string& key) {
    if (value.IsScalar() && !value.Scalar().empty()) return true;
    report(value.Mark(), key, value.IsNull() || value.IsScalar() ? "has no value" : "must be a single value (in quotes if it begins with a bracket)");
    return false;
  }

  void single(const Field& field, const YAML::Node& value) {
    const std::string key{field.key};
    if (!scalar(value, key)) return;
    const std::string reason = field.apply(settings_, value.Scalar());
    if (!reason.empty()) report(value.Mark(), key, reason);
  }

  void providers(const YAML::Node& map, const std::string& key) {
    if (!map.IsMap()) return report(map.Mark(), key, "must be a map from a provider's name to its settings");
    each(map, key + '.', [&](const std::string& full, const YAML::Node& name, const YAML::Node& value) {
      if (!value.IsMap()) return report(value.Mark(), full, "must be a map");
      provider(provider_entry(settings_, name.Scalar()), value, full + '.');
    });
  }

  void provider(ProviderOverride& entry, const YAML::Node& map, const std::string& prefix) {
    each(map, prefix, [&](const std::string& full, const YAML::Node& name, const YAML::Node& value) {
      const std::string& field = name.Scalar();
      if (field == "models") return list(entry.models, value, full);
      if (field == "key_prefixes") return list(entry.key_prefixes, value, full);
      if (field != "base_url" && field != "ca_file") return report(name.Mark(), full, "no such setting");
      if (!scalar(value, full)) return;
      const std::string reason = set_provider(entry, field, value.Scalar());
      if (!reason.empty()) report(value.Mark(), full, reason);
    });
  }

  void list(std::vector<std::string>& out, const YAML::Node& value, const std::string& key) {
    if (!value.IsSequence()) return report(value.Mark(), key, "must be a list");
    for (const auto& item : value)
      if (scalar(item, key)) out.push_back(item.Scalar());
  }

  void report(const YAML::Mark& at, const std::string& key, const std::string& reason) {
    problems_.push_back({file_ + ':' + std::to_string(at.line + 1) + ':' + std::to_string(at.column + 1), key, reason});
  }

  const std::string& file_;
  Settings& settings_;
  Problems& problems_;
};

}  // namespace

void read_yaml(const std::string& file, Settings& settings, Problems& problems) {
  std::ifstream in{file, std::ios::binary};
  std::error_code ignored;
  if (!in.is_open() || std::filesystem::is_directory(file, ignored)) {
    problems.push_back({file, "", "can't be read"});
    return;
  }
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  try {
    const auto documents = YAML::LoadAll(text);
    if (documents.size() > 1) problems.push_back({file, "", "holds more than one document"});
    if (documents.size() == 1) Reader{file, settings, problems}.document(documents.front());
  } catch (const YAML::Exception& e) {  // the library's only way to tell of bad syntax; its texts name no content
    problems.push_back({file + ':' + std::to_string(e.mark.line + 1) + ':' + std::to_string(e.mark.column + 1), "", "not YAML: " + e.msg});
  }
}

}  // namespace lectr::config
