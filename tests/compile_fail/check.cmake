# Compile SOURCE with COMPILER; it says itself what must happen:
#   // expect: <regular expression>   the compiler fails and prints this
#   // expect: success                the compiler succeeds (the control: it shows that failures have the reason we mean)
#   // flags: <flags>                 further flags, optional; {here} is the folder of SOURCE

file(STRINGS ${SOURCE} expect REGEX "^// expect: ")
file(STRINGS ${SOURCE} flags REGEX "^// flags: ")
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
