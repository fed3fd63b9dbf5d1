# Wraps the OpenAPI document into string literals: -DFROM=openapi.json -DTO=openapi.inc. A line each, since -Wpedantic counts a literal's characters
# and CMake reads brackets and semicolons in lists as its own.
file(READ ${FROM} text)
string(REPLACE "\n" "\n)doc\"\nR\"doc(" text "${text}")
file(WRITE ${TO} "R\"doc(${text})doc\"\n")
