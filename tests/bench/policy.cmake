add_executable(bench_route ${CMAKE_CURRENT_LIST_DIR}/route_bench.cpp)
target_link_libraries(bench_route PRIVATE lectr_policy)
