#include "lectr/wire/stream_usage.hpp"

#include <algorithm>

#include "wire/bytes.hpp"
#include "wire/json_members.hpp"

namespace lectr::wire {
namespace {

constexpr std::string_view kData = "data:";

// The one member of this name; null: there is none, or there may be several (a key that is written with escapes can be any).
std::optional<JsonMember> only_member(std::string_view text, std::size_t at, std::string_view key) noexcept {
  std::optional<JsonMember> found;
  JsonMembers members{text, at};
  for (JsonMember m; members.next(m);) {
    if (m.key.find('\\') != m.key.npos) return std::nullopt;
    if (m.key != key) continue;
    if (found) return std::nullopt;
    found = m;
  }
  return members.ended() ? found : std::nullopt;
}

bool is_empty(std::string_view container) noexcept {
  return container.size() >= 2 && container.substr(1, container.size() - 2).find_first_not_of(" \t\r\n") == container.npos;
}

// How an event is to be changed: not at all, by [begin, end), or it goes as a whole.
struct Cut {
  std::size_t begin = 0, end = 0;
  bool whole = false;
};

Cut cut_of_chunk(std::string_view event, std::size_t at) noexcept {
  Cut cut;
  bool empty_choices = false, usage_given = false, usage_first = false;
  std::size_t seen = 0, before = 0, usages = 0;
  JsonMembers members{event, at};
  for (JsonMember m; members.next(m); before = m.end, ++seen) {
    const std::string_view value = event.substr(m.value, m.end - m.value);
    if (usage_first) cut.end = m.begin, usage_first = false;  // the comma behind it goes with it
    if (m.key == "choices") empty_choices = value.starts_with('[') && is_empty(value);
    if (m.key != "usage") continue;
    ++usages;
    usage_given = value.starts_with('{');
    usage_first = seen == 0;
    if (value == "null") cut = {usage_first ? m.begin : before, m.end, false};
    usage_first = usage_first && value == "null";
  }
  if (!members.ended() || usages != 1) return {};
  if (usage_given) return {0, 0, empty_choices};
  return cut;
}

Cut cut_of_event(std::string_view event) noexcept {
  if (event.find("\"usage\"") == event.npos) return {};
  std::size_t data = event.npos;
  for (std::size_t line = 0; line < event.size();) {
    if (event.substr(line).starts_with(kData)) {
      if (data != event.npos) return {};  // one document over several lines: nobody writes chunks so
      data = line + kData.size();
    }
    const std::size_t end = event.find_first_of("\r\n", line);
    line = end == event.npos ? event.size() : end + 1;
  }
  return data == event.npos ? Cut{} : cut_of_chunk(event, data);
}

// Where the event ends that `text` begins with: behind its blank line (WHATWG HTML §9.2). `from`: no line before it is blank.
std::size_t event_end(std::string_view text, std::size_t from) noexcept {
  const char* const end = text.data() + text.size();
  for (std::size_t i = from;;) {
    i = static_cast<std::size_t>(find_either(text.data() + i, end, '\n', '\r') - text.data());
    if (i >= text.size()) return text.npos;
    std::size_t next = i + 1;
    if (text[i] == '\r' && next < text.size() && text[next] == '\n') ++next;
    if (next >= text.size()) return text.npos;
    if (text[next] == '\n') return next + 1;
    if (text[next] == '\r') return next + 1 + (next + 1 < text.size() && text[next + 1] == '\n');
    i = next;
  }
}

// False: it went as a whole.
bool take_event(std::string_view event, std::string& out) {
  const Cut cut = cut_of_event(event);
  if (!cut.whole) out.append(event.substr(0, cut.begin)).append(event.substr(cut.end));
  return !cut.whole;
}

}  // namespace

std::optional<Edit> ask_for_usage(std::string_view body, bool has_options) noexcept {
  constexpr std::string_view kOptions = R"("stream_options":{"include_usage":true},)";
  const std::size_t open = body.find('{');
  if (open == body.npos) return std::nullopt;
  if (!has_options) return Edit{open + 1, open + 1, kOptions};
  const auto options = only_member(body, open, "stream_options");
  if (!options) return std::nullopt;
  const std::string_view value = body.substr(options->value, options->end - options->value);
  if (value == "null") return Edit{options->value, options->end, R"({"include_usage":true})"};
  if (!value.starts_with('{')) return std::nullopt;
  const std::size_t inside = options->value + 1;
  if (is_empty(value)) return Edit{inside, inside, R"("include_usage":true)"};
  JsonMembers members{value};
  bool named = false;
  for (JsonMember m; members.next(m);) named = named || m.key == "include_usage" || m.key.find('\\') != m.key.npos;
  if (!named) return Edit{inside, inside, R"("include_usage":true,)"};
  const auto asked = only_member(value, 0, "include_usage");
  if (!asked) return std::nullopt;
  const std::string_view answer = value.substr(asked->value, asked->end - asked->value);
  if (answer != "false" && answer != "null") return std::nullopt;
  return Edit{options->value + asked->value, options->value + asked->end, "true"};
}

// Returns how much of `text` was taken.
std::size_t UsageFilter::take_events(std::string_view text, std::size_t looked, std::string& out) {
  std::size_t from = 0;
  for (std::size_t size; (size = event_end(text.substr(from), looked)) != text.npos; looked = 0) {
    const bool passed = take_event(text.substr(from, size), out);
    from += size;
    after_ = text[from - 1] != '\r' ? After::line : passed ? After::passed_cr : After::dropped_cr;
  }
  return from;
}

void UsageFilter::feed(std::string_view payload, std::string& out) {
  if (payload.empty()) return;
  if (after_ != After::line && payload.front() == '\n') {  // the other half of the last event's end
    if (after_ == After::passed_cr) out += '\n';
    payload.remove_prefix(1);
  }
  after_ = After::line;
  if (gave_up_) {
    out.append(payload);
    return;
  }
  if (held_.empty()) {
    held_.assign(payload.substr(take_events(payload, 0, out)));
  } else {
    held_.append(payload);
    held_.erase(0, take_events(held_, looked_, out));
  }
  if (held_.size() > kMaxEvent) {
    out.append(held_);
    held_ = {};
    gave_up_ = true;
  }
  if (!held_.empty()) after_ = After::line;
  looked_ = held_.size() - std::min<std::size_t>(held_.size(), 2);  // a line's end of one or two bytes may be the last of it
}

void UsageFilter::finish(std::string& out) {
  take_event(held_, out);
  held_ = {};
  looked_ = 0;
}

}  // namespace lectr::wire
