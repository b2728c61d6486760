/* What Debian's libthrust-dev says of itself; for ../thrust_too_old.cpp. */
#define THRUST_VERSION 101502
