// Counts what this thread allocates. A file of its own: replaced operators must not be inlined beside their users.
#pragma once

namespace lectr::policy::test {

void start_counting() noexcept;
int stop_counting() noexcept;  // allocations since start_counting

}  // namespace lectr::policy::test
