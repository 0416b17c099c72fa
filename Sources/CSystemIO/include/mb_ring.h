#ifndef MB_RING_H
#define MB_RING_H
#include <stddef.h>
#include <stdint.h>

// A queue of asynchronous reads and writes (io_uring). One thread at a time uses a queue.
struct mb_ring;
struct mb_ring_event {
  uint64_t tag;
  int64_t result;  // bytes moved, or -errno
};

// A queue for `depth` requests in flight; with `one_thread` only ever used by the thread that opens it, which is faster.
// NULL with `*error` an errno (EPERM: kernel.io_uring_disabled or a container;
// ENOSYS: the kernel has none; ENOMEM: RLIMIT_MEMLOCK).
struct mb_ring *mb_ring_open(unsigned depth, int one_thread, int *error);
// What is in flight must have been reaped.
void mb_ring_close(struct mb_ring *ring);
// Fixed buffers: `count` pieces of `size` bytes, `pitch` apart from `base` on; request `buffer_index` k must then lie in
// piece k. Fixed files: `file` of a request is then an index into `files`. 0 or -errno.
int mb_ring_register_buffers(struct mb_ring *ring, void *base, size_t size, size_t pitch, unsigned count);
int mb_ring_register_files(struct mb_ring *ring, const int *files, unsigned count);
// Prepares a request; `buffer_index` -1 for a plain buffer. 0, or -EAGAIN where `depth` are prepared already.
int mb_ring_prepare(struct mb_ring *ring, int write, int file, void *buffer, size_t length, int64_t offset,
                    int buffer_index, uint64_t tag);
// Hands over what is prepared: how many the kernel took (the others stay prepared), or -errno.
int mb_ring_commit(struct mb_ring *ring);
// Waits for at least `minimum` completions and fills in up to `maximum`; their number, or -errno. What has ended already
// is taken without a system call. mb_ring_reap_for gives up after `timeout_ns`.
int mb_ring_reap(struct mb_ring *ring, int minimum, struct mb_ring_event *events, int maximum);
int mb_ring_reap_for(struct mb_ring *ring, int minimum, struct mb_ring_event *events, int maximum, int64_t timeout_ns);
#endif
