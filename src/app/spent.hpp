#pragma once

#include "lectr/limits/limiter.hpp"
#include "lectr/store/event_store.hpp"

namespace lectr::app {

// What a budget's window has cost by the rows that are stored. False: the store does not say now.
bool look_up(store::EventStore& events, limits::Spent& spent);

}  // namespace lectr::app
