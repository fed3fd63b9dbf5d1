add_executable(wire_bench ${CMAKE_CURRENT_LIST_DIR}/wire_bench.cpp)
target_link_libraries(wire_bench PRIVATE lectr_wire)
target_include_directories(wire_bench PRIVATE ${CMAKE_CURRENT_LIST_DIR}/../../src)
