#ifndef MB_NUMA_H
#define MB_NUMA_H
#include <stddef.h>
#include <stdint.h>

// How many NUMA nodes the machine has online (from sysfs, without libnuma); at least 1.
int mb_numa_nodes(void);
// Binds the pages of a mapping that are not yet there to `node`; libnuma is opened for it. 0 or -errno;
// -ENOSYS where libnuma is missing.
int mb_numa_bind_memory(void *at, size_t length, int node);
// Runs this thread on the processors of `node`, and prefers its memory. 0 or -errno.
int mb_numa_run_on(int node);
// The node of the page at `at` (which must have been touched), or -errno.
int mb_numa_node_of(const void *at);
// This thread's rule for new memory (set_mempolicy): 0 the system's, 1 prefer, 2 bind, 3 interleave, 4 local, over
// `count` nodes below 1024. 0 or -errno.
int mb_memory_policy(int rule, const int32_t *nodes, int count);
#endif
