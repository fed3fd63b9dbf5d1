// Places in a list of requests, as text. Opaque to clients. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lectr/store/event_store.hpp"

namespace lectr::api {

// 33 bytes (sort, time, id, value sorted by) in base64url.
std::string encode_cursor(const store::RequestCursor& cursor, store::RequestSort sort = store::RequestSort::time);
// Empty also for a cursor of another sort: its place means nothing here.
std::optional<store::RequestCursor> decode_cursor(std::string_view text, store::RequestSort sort = store::RequestSort::time) noexcept;

}  // namespace lectr::api
