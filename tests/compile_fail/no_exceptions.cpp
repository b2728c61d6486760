// Wrong arguments are told by exceptions: a compiler that may not throw is told so before it trips over a `throw`.
// flags: -fno-exceptions
// expect: cdl needs exceptions, which say what is wrong with an argument
#include <cdl/core/config.hpp>
