# Wraps the script into string literals: -DFROM=claim.lua -DTO=claim_lua.inc. A line each, since -Wpedantic counts a literal's characters and CMake
# reads brackets and semicolons in lists as its own.
file(READ ${FROM} text)
string(REPLACE "\n" "\n)lua\"\nR\"lua(" text "${text}")
file(WRITE ${TO} "R\"lua(${text})lua\"\n")
