# Events end to end: offer, queue, journal, store. bench_events --help says how to choose the store.
add_executable(bench_events ${CMAKE_CURRENT_SOURCE_DIR}/events_bench.cpp)
target_include_directories(bench_events PRIVATE ${PROJECT_SOURCE_DIR}/src)
target_link_libraries(bench_events PRIVATE lectr_events lectr_store)
