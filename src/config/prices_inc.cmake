# Wraps a table into a string literal: -DFROM=prices.tsv -DTO=prices.inc. In pieces, since -Wpedantic counts a literal's characters.
file(STRINGS ${FROM} lines ENCODING UTF-8)
set(out "")
foreach(line IN LISTS lines)
  string(APPEND out "R\"(${line}\n)\"\n")
endforeach()
file(WRITE ${TO} "${out}")
