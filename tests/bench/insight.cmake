add_executable(bench_any_series any_series/any_series_bench.cpp any_series/baselines.cpp any_series/families.cpp any_series/anomalies.cpp any_series/scoring.cpp)
target_include_directories(bench_any_series PRIVATE ${PROJECT_SOURCE_DIR}/src)
target_link_libraries(bench_any_series PRIVATE lectr_insight)
