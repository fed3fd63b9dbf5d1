add_executable(bench_insight ${CMAKE_CURRENT_LIST_DIR}/insight_bench.cpp)
target_link_libraries(bench_insight PRIVATE lectr_insight)
add_executable(bench_months ${CMAKE_CURRENT_LIST_DIR}/months_bench.cpp)
target_link_libraries(bench_months PRIVATE lectr_months)
