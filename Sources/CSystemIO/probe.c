#define _GNU_SOURCE
#include "mb_probe.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int close_or_error(long result) {
  if (result < 0) return -errno;
  close((int)result);
  return 0;
}

int mb_open_instruction_counter(void) {
  struct perf_event_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_HARDWARE;
  attributes.config = PERF_COUNT_HW_INSTRUCTIONS;
  attributes.exclude_kernel = 1;
  attributes.pinned = 1;
  attributes.exclude_hv = 1;
  long counter = syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
  return counter < 0 ? -errno : (int)counter;
}

int64_t mb_read_instruction_counter(int counter) {
  int64_t count;
  return read(counter, &count, sizeof count) == sizeof count ? count : -1;
}

int mb_probe_instruction_counter(void) {
  int counter = mb_open_instruction_counter();
  if (counter < 0) return counter;
  close(counter);
  return 0;
}

int mb_probe_io_uring(void) {
#ifdef SYS_io_uring_setup
  // struct io_uring_params: 120 bytes, all zero. <linux/io_uring.h> is not installed everywhere.
  unsigned char parameters[256];
  memset(parameters, 0, sizeof parameters);
  return close_or_error(syscall(SYS_io_uring_setup, 1, parameters));
#else
  return -ENOSYS;
#endif
}
