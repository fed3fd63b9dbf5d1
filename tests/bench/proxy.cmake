# Load generator of gateway.py.
add_executable(bench_load ${CMAKE_CURRENT_LIST_DIR}/load.cpp)
