# Write a unit that includes all that cdl's HEADERS include from elsewhere, then poisons names, then includes the HEADERS.

set(foreign "")
foreach(header IN LISTS HEADERS)
  file(STRINGS ${INCLUDE}/${header} lines REGEX "^ *# *include *<")
  list(APPEND foreign ${lines})
endforeach()
list(TRANSFORM foreign REPLACE "^[^<]*(<[^>]*>).*" "\\1")
list(FILTER foreign EXCLUDE REGEX "^<cdl/")
list(REMOVE_DUPLICATES foreign)
list(SORT foreign)

set(text "// Third parties first: this is about cdl's own text.\n")
foreach(name IN LISTS foreign)
  string(APPEND text "#if __has_include(${name})\n#include ${name}\n#endif\n")
endforeach()

string(APPEND text "
// Macros of complex.h, termios.h, sys/sysmacros.h, math.h and windows.h.
")
foreach(name IN ITEMS I B0 major minor DOMAIN OVERFLOW TRUE FALSE ERROR IN OUT near far small)
  string(APPEND text "#undef ${name}\n#define ${name} poisoned@\n")
endforeach()
foreach(name IN ITEMS min max)
  string(APPEND text "#undef ${name}\n#define ${name}(a, b) poisoned@\n")
endforeach()
string(APPEND text "\n")
foreach(header IN LISTS HEADERS)
  string(APPEND text "#include <${header}>\n")
endforeach()
string(APPEND text "\nint main() {}\n")
file(WRITE ${OUTPUT} "${text}")
