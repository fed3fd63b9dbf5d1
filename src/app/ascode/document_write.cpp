#include "app/ascode/document_write.hpp"

#include <algorithm>
#include <cctype>

#include "lectr/base/text.hpp"

namespace lectr::app::ascode {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestLine = 110;

// Read as something other than text by YAML 1.1 or 1.2.
bool is_word_of_yaml(std::string_view text) {
  const std::string word = lower(text);
  for (const char* one : {"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
    if (word == one) return true;
  return false;
}

// Letters first, then what means nothing to YAML, in lists on one line either. Anything else is quoted.
bool is_plain(std::string_view text) {
  if (text.empty() || !std::isalpha(static_cast<unsigned char>(text.front())) || text.back() == ' ' || text.back() == ':') return false;
  if (is_word_of_yaml(text)) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool colon = c == ':' && text[i + 1] != ' ';  // the last is no colon
    if (!std::isalnum(static_cast<unsigned char>(c)) && std::string_view{" _-./*@+%$()=~"}.find(c) == std::string_view::npos && !colon) return false;
  }
  return true;
}

// As JSON does. The characters that some readers take for line breaks or marks are escaped too.
std::string quoted(const std::string& text) {
  std::string out = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  static constexpr std::pair<const char*, const char*> kEscapes[] = {
      {"\xC2\x85", "\\u0085"}, {"\xE2\x80\xA8", "\\u2028"}, {"\xE2\x80\xA9", "\\u2029"}, {"\xEF\xBB\xBF", "\\uFEFF"}};
  for (const auto& [from, to] : kEscapes)
    for (std::size_t at = out.find(from); at != std::string::npos; at = out.find(from, at)) out.replace(at, std::string_view{from}.size(), to);
  return out;
}

std::string text_of(const std::string& text) { return is_plain(text) ? text : quoted(text); }

bool is_container(const Json& value) { return value.is_structured() && !value.empty(); }

std::string on_one_line(const Json& value) {
  if (value.is_string()) return text_of(value.get_ref<const std::string&>());
  if (!value.is_structured()) return value.dump();
  std::string out;
  for (const auto& [name, element] : value.items())
    out += (out.empty() ? "" : ", ") + (value.is_object() ? text_of(name) + ": " : std::string{}) + on_one_line(element);
  return value.is_object() ? '{' + out + '}' : '[' + out + ']';
}

bool fits_one_line(const Json& value, std::size_t before) {
  if (!is_container(value)) return true;
  if (std::any_of(value.begin(), value.end(), is_container)) return false;
  return before + on_one_line(value).size() <= kLongestLine;
}

void write(const Json& value, std::size_t indent, std::string& out);

// `name: value`, or its value on the lines below.
void write_member(const std::string& name, const Json& value, std::size_t indent, std::string& out) {
  const std::string title = text_of(name) + ':';
  if (indent > 0 ? fits_one_line(value, indent + title.size() + 1) : !is_container(value)) {
    out += title + ' ' + on_one_line(value) + '\n';
    return;
  }
  out += title + '\n';
  write(value, indent + 2, out);
}

void write(const Json& value, std::size_t indent, std::string& out) {
  const std::string margin(indent, ' ');
  if (value.is_object()) {
    for (const auto& [name, element] : value.items()) {
      out += margin;
      write_member(name, element, indent, out);
    }
    return;
  }
  for (const Json& element : value) {
    out += margin + "- ";
    // Items of the top's lists are blocks, however short, so that a change to one is a change to a line.
    if (indent > 2 ? fits_one_line(element, indent + 2) : !is_container(element)) {
      out += on_one_line(element) + '\n';
      continue;
    }
    std::string block;
    write(element, indent + 2, block);
    out += block.substr(indent + 2);
  }
}

}  // namespace

std::string write_value(const Json& value) { return on_one_line(value); }

std::string write_document(const Json& document) {
  if (!is_container(document)) return on_one_line(document) + '\n';
  std::string out;
  write(document, 0, out);
  return out;
}

}  // namespace lectr::app::ascode
