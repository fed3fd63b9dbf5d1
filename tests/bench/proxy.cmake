# Load generator of gateway.py and outage.py.
add_executable(bench_load ${CMAKE_CURRENT_LIST_DIR}/load.cpp)
