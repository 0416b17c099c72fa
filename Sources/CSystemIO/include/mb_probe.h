#ifndef MB_PROBE_H
#define MB_PROBE_H
#include <stdint.h>

// What the kernel lets this process do, found by trying. 0, or -errno.

// A counter of this process's instructions (perf_event_open): -ENOENT where the processor has none or a virtual
// machine hides it, -EACCES where perf_event_paranoid or a container forbids it.
int mb_probe_instruction_counter(void);
// The descriptor of such a counter, which runs from now on: instructions of this thread in user mode. Or -errno.
int mb_open_instruction_counter(void);
// What it has counted; -1 where the kernel could not keep it on the processor all the time.
int64_t mb_read_instruction_counter(int counter);
// A ring of one entry (io_uring_setup): -EPERM where kernel.io_uring_disabled or a container forbids it, -ENOSYS
// where the kernel has none.
int mb_probe_io_uring(void);
#endif
