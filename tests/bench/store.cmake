# The store at the size of months; see the head of store_bench.cpp.
add_executable(bench_store ${CMAKE_CURRENT_LIST_DIR}/store_bench.cpp)
target_include_directories(bench_store PRIVATE ${PROJECT_SOURCE_DIR}/src)
target_link_libraries(bench_store PRIVATE lectr_store)
