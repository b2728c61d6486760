# Run PROGRAM and compare what it prints with the file EXPECTED.
execute_process(COMMAND ${PROGRAM} RESULT_VARIABLE status OUTPUT_VARIABLE printed)
file(READ ${EXPECTED} expected)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "exit status ${status}; printed:\n${printed}")
elseif(NOT printed STREQUAL expected)
  message(FATAL_ERROR "${EXPECTED} says:\n${expected}\nprinted:\n${printed}")
endif()
