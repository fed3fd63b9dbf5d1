// What happened, in the words that every channel uses: what, how much, since when, where to look. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "lectr/store/control_event.hpp"

namespace lectr::app::alerts {

struct Notice {
  std::string id;    // the same for every attempt, of no other delivery
  std::string type;  // anomaly, budget, latency, test
  std::string org, name;
  std::int64_t at_us = 0;
  std::string title, text;    // one line; one paragraph
  std::string severity;       // of an anomaly; may be empty
  std::string detail = "{}";  // the event's, as JSON
  std::string url;            // where to look; empty: the settings have no dashboard_url
};

// `event.detail` that lacks something makes a shorter text, never none.
Notice notice_of(const store::ControlEventRow& event, std::string_view org, std::string_view dashboard_url);
Notice test_notice(std::string_view channel, std::string_view org, std::string_view actor, std::string_view dashboard_url, std::int64_t now_us);

}  // namespace lectr::app::alerts
