add_executable(bench_insight ${CMAKE_CURRENT_LIST_DIR}/insight_bench.cpp)
target_link_libraries(bench_insight PRIVATE lectr_insight)
add_executable(bench_months ${CMAKE_CURRENT_LIST_DIR}/months_bench.cpp)
target_link_libraries(bench_months PRIVATE lectr_months)
add_executable(bench_any_series any_series/any_series_bench.cpp any_series/baselines.cpp any_series/families.cpp any_series/anomalies.cpp any_series/scoring.cpp
               any_series/second_families.cpp any_series/second_anomalies.cpp)
target_include_directories(bench_any_series PRIVATE ${PROJECT_SOURCE_DIR}/src)
target_link_libraries(bench_any_series PRIVATE lectr_insight)
# The detector's look through the real store: the daemon's own thread, called by hand.
add_executable(bench_looks ${CMAKE_CURRENT_LIST_DIR}/looks_bench.cpp ${PROJECT_SOURCE_DIR}/src/app/anomaly_judge.cpp
               ${PROJECT_SOURCE_DIR}/src/app/anomaly_rows.cpp ${PROJECT_SOURCE_DIR}/src/app/anomaly_watch.cpp)
target_include_directories(bench_looks PRIVATE ${PROJECT_SOURCE_DIR}/src)
target_link_libraries(bench_looks PRIVATE lectr_store lectr_insight lectr_limits lectr_policy nlohmann_json::nlohmann_json)
