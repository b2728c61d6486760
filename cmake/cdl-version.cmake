# Read "major.minor.patch" out of version.hpp, the one place where it is written.
function(cdl_read_version header variable)
  file(STRINGS ${header} lines REGEX "^#define CDL_VERSION_(MAJOR|MINOR|PATCH) ")
  list(TRANSFORM lines REPLACE "^.* " "")
  list(JOIN lines . version)
  set(${variable} ${version} PARENT_SCOPE)
endfunction()
