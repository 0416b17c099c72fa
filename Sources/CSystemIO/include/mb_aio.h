#ifndef MB_AIO_H
#define MB_AIO_H
#include <stddef.h>
#include <stdint.h>

// A queue of asynchronous reads and writes (libaio). One thread owns a queue.
struct mb_aio;
struct mb_aio_event {
  uint64_t tag;
  int64_t result;  // bytes moved, or -errno
};

// A queue for `depth` requests in flight; NULL with `*error` an errno (EAGAIN: aio-max-nr is used up;
// ENOSYS, EPERM: the container does not allow it).
struct mb_aio *mb_aio_open(unsigned depth, int *error);
// Waits for what is in flight; the process keeps a few closed queues for its next mb_aio_open of that depth.
void mb_aio_close(struct mb_aio *queue);
// 0, -EAGAIN where `depth` requests are in flight, else the -errno of io_submit.
int mb_aio_submit(struct mb_aio *queue, int write, int fd, void *buffer, size_t length, int64_t offset, uint64_t tag);
// The same in two steps: up to `depth` requests are prepared (-EAGAIN where that many are prepared or in flight), then
// handed over at once. mb_aio_commit returns how many the kernel took (the others stay prepared), or the -errno of
// io_submit for the first one, which is dropped.
int mb_aio_prepare(struct mb_aio *queue, int write, int fd, void *buffer, size_t length, int64_t offset, uint64_t tag);
int mb_aio_commit(struct mb_aio *queue);
// Waits for at least `minimum` completions and fills in up to `maximum`; their number, or -errno. What has ended already
// is taken from the ring that the kernel shares, without a system call. mb_aio_reap_for gives up after `timeout_ns`.
int mb_aio_reap(struct mb_aio *queue, int minimum, struct mb_aio_event *events, int maximum);
int mb_aio_reap_for(struct mb_aio *queue, int minimum, struct mb_aio_event *events, int maximum, int64_t timeout_ns);
#endif
