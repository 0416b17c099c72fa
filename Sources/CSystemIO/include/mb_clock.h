#ifndef MB_CLOCK_H
#define MB_CLOCK_H
#include <stdint.h>
#include <time.h>

// CLOCK_MONOTONIC in nanoseconds; the same clock in every process of a machine.
static inline int64_t mb_monotonic_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
#endif
