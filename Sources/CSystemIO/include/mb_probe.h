#ifndef MB_PROBE_H
#define MB_PROBE_H

// What the kernel lets this process do, found by trying. 0, or -errno.

// A counter of this process's instructions (perf_event_open): -ENOENT where the processor has none or a virtual
// machine hides it, -EACCES where perf_event_paranoid or a container forbids it.
int mb_probe_instruction_counter(void);
// A ring of one entry (io_uring_setup): -EPERM where kernel.io_uring_disabled or a container forbids it, -ENOSYS
// where the kernel has none.
int mb_probe_io_uring(void);
#endif
