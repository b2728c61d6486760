# Compile SOURCE with COMPILER; it says itself what must happen:
#   // expect: <regular expression>   the compiler fails and prints this
#   // lines: <number>                 and says it in its first error, and in so many lines in all at most; optional
#   // expect: success                the compiler succeeds (the control: it shows that failures have the reason we mean)
#   // flags: <flags>                 further flags, optional; {here} is the folder of SOURCE

file(STRINGS ${SOURCE} expect REGEX "^// expect: ")
file(STRINGS ${SOURCE} flags REGEX "^// flags: ")
file(STRINGS ${SOURCE} most REGEX "^// lines: ")
string(REPLACE "// lines: " "" most "${most}")
if(NOT expect)
  message(FATAL_ERROR "${SOURCE} has no line `// expect: <regex>`")
endif()
string(REPLACE "// expect: " "" expect "${expect}")
string(REPLACE "// flags: " "" flags "${flags}")
cmake_path(GET SOURCE PARENT_PATH here)
string(REPLACE "{here}" "${here}" flags "${flags}")
separate_arguments(flags UNIX_COMMAND "${flags}")
list(TRANSFORM INCLUDES PREPEND -I)

execute_process(COMMAND ${COMPILER} -std=c++20 -fsyntax-only ${flags} ${INCLUDES} ${SOURCE}
                RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)

if(expect STREQUAL "success")
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "must compile, but does not:\n${text}")
  endif()
elseif(status EQUAL 0)
  message(FATAL_ERROR "compiles, but must not")
elseif(NOT text MATCHES "${expect}")
  message(FATAL_ERROR "fails without saying \"${expect}\":\n${text}")
endif()

if(most)
  string(REGEX MATCHALL "\n" lines "${text}")
  list(LENGTH lines count)
  if(count GREATER most)
    message(FATAL_ERROR "says it in ${count} lines, which must be ${most} at most:\n${text}")
  endif()
  string(REGEX MATCH "error: [^\n]*" first "${text}")
  if(NOT first MATCHES "${expect}" AND NOT first MATCHES "incomplete type") # whose sentence stands where it is declared
    message(FATAL_ERROR "the first error is another one:\n${text}")
  endif()
endif()
