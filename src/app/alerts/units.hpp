// Numbers and times as people read them in a message; the forms of the dashboard. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lectr::app::alerts {

std::string dollars(double usd);                // $57.92, $1,284.00, $0.00079
std::string dollars(std::string_view decimal);  // of exact decimal text; "no amount" for anything else
std::string span_of(double ms);                 // 0.31 ms, 94 ms, 2.31 s, 4 min 12 s
std::string share(double of_one);               // 67.4 %
std::string count(double number);               // 17,858; 0.42
std::string deviation(double sigma);            // +10.9 σ, −3.0 σ
std::string stamp(std::int64_t unix_us);        // Thu 19 Nov 2026, 14:29 UTC

// Text from outside on one line: no control characters, nothing that turns the direction of writing, no bytes that are no UTF-8, at most `bytes` of it.
std::string one_line(std::string_view text, std::size_t bytes = 200);

}  // namespace lectr::app::alerts
