#define _GNU_SOURCE
#include <features.h>
#include "mb_ring.h"
#include <errno.h>
#include <liburing.h>
#include <stdlib.h>
#include <sys/uio.h>

struct mb_ring {
  struct io_uring ring;
  int fixed_files;
};

struct mb_ring *mb_ring_open(unsigned depth, int one_thread, int *error) {
  struct mb_ring *queue = calloc(1, sizeof *queue);
  if (!queue) {
    *error = ENOMEM;
    return NULL;
  }
  // Completions are worked off when this thread asks for them, and not by interrupting it: what fio asks for, too.
  // Older kernels know less of it (6.1, 5.19).
  const unsigned ways[] = {
      IORING_SETUP_COOP_TASKRUN | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
      IORING_SETUP_COOP_TASKRUN,
      0,
  };
  int result = -EINVAL;
  for (unsigned way = one_thread ? 0 : 1; way < sizeof ways / sizeof *ways && result == -EINVAL; way++)
    result = io_uring_queue_init(depth, &queue->ring, ways[way]);
  if (result < 0) {
    *error = -result;
    free(queue);
    return NULL;
  }
  // Spares each system call the look-up of the descriptor; an older kernel goes without.
  if (one_thread) io_uring_register_ring_fd(&queue->ring);
  return queue;
}

void mb_ring_close(struct mb_ring *queue) {
  io_uring_queue_exit(&queue->ring);
  free(queue);
}

int mb_ring_register_buffers(struct mb_ring *queue, void *base, size_t size, size_t pitch, unsigned count) {
  struct iovec *pieces = calloc(count, sizeof *pieces);
  if (!pieces) return -ENOMEM;
  for (unsigned k = 0; k < count; k++) pieces[k] = (struct iovec){(char *)base + k * pitch, size};
  int result = io_uring_register_buffers(&queue->ring, pieces, count);
  free(pieces);
  return result < 0 ? result : 0;
}

int mb_ring_register_files(struct mb_ring *queue, const int *files, unsigned count) {
  int result = io_uring_register_files(&queue->ring, files, count);
  if (result < 0) return result;
  queue->fixed_files = 1;
  return 0;
}

int mb_ring_prepare(struct mb_ring *queue, int write, int file, void *buffer, size_t length, int64_t offset,
                    int buffer_index, uint64_t tag) {
  struct io_uring_sqe *entry = io_uring_get_sqe(&queue->ring);
  if (!entry) return -EAGAIN;
  if (buffer_index >= 0) {
    if (write)
      io_uring_prep_write_fixed(entry, file, buffer, (unsigned)length, (uint64_t)offset, buffer_index);
    else
      io_uring_prep_read_fixed(entry, file, buffer, (unsigned)length, (uint64_t)offset, buffer_index);
  } else {
    if (write)
      io_uring_prep_write(entry, file, buffer, (unsigned)length, (uint64_t)offset);
    else
      io_uring_prep_read(entry, file, buffer, (unsigned)length, (uint64_t)offset);
  }
  if (queue->fixed_files) entry->flags |= IOSQE_FIXED_FILE;
  entry->user_data = tag;
  return 0;
}

int mb_ring_commit(struct mb_ring *queue) {
  int result;
  // With the requests that have ended meanwhile: a ring that defers its work has them only when the kernel is entered, and
  // would be entered once more to wait for what is there already.
  do result = io_uring_submit_and_get_events(&queue->ring);
  while (result == -EINTR);
  // The kernel wants completions taken first.
  return result == -EBUSY || result == -EAGAIN ? 0 : result;
}

static int take_ended(struct mb_ring *queue, struct mb_ring_event *events, int maximum) {
  int count = 0;
  unsigned head;
  struct io_uring_cqe *entry;
  io_uring_for_each_cqe(&queue->ring, head, entry) {
    if (count == maximum) break;
    events[count].tag = entry->user_data;
    events[count].result = entry->res;
    count++;
  }
  if (count) io_uring_cq_advance(&queue->ring, (unsigned)count);
  return count;
}

int mb_ring_reap(struct mb_ring *queue, int minimum, struct mb_ring_event *events, int maximum) {
  int count = take_ended(queue, events, maximum);
  while (count < minimum) {
    struct io_uring_cqe *entry;
    int result = io_uring_wait_cqe_nr(&queue->ring, &entry, (unsigned)(minimum - count));
    if (result < 0 && result != -EINTR && result != -EAGAIN) return count ? count : result;
    count += take_ended(queue, events + count, maximum - count);
  }
  return count;
}

int mb_ring_reap_for(struct mb_ring *queue, int minimum, struct mb_ring_event *events, int maximum, int64_t timeout_ns) {
  int count = take_ended(queue, events, maximum);
  if (count >= minimum && count > 0) return count;
  struct __kernel_timespec limit = {timeout_ns / 1000000000, timeout_ns % 1000000000};
  struct io_uring_cqe *entry;
  int result = io_uring_wait_cqes(&queue->ring, &entry, (unsigned)(minimum > count ? minimum - count : 1), &limit, NULL);
  if (result < 0 && result != -EINTR && result != -EAGAIN && result != -ETIME) return count ? count : result;
  return count + take_ended(queue, events + count, maximum - count);
}
