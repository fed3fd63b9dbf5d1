// Models by their names: what an answer's name says about the one that was asked for. Pure.
#pragma once

#include <string_view>

namespace lectr {

// Whether `actual` is what who asks for `asked` gets: the same name in any case, or that with a snapshot's date or number behind it ("gpt-4o-2024-08-06",
// "gpt-4-0613", "gemini-2.0-flash-001", "command-r-08-2024", "claude-sonnet-4@20250514"). A digit alone numbers another version
// ("claude-opus-4-1" for "claude-opus-4"), letters name another model ("gpt-4o-mini", "llama-20b").
bool same_model(std::string_view asked, std::string_view actual) noexcept;

}  // namespace lectr
