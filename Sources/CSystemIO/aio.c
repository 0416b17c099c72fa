#include "mb_aio.h"
#include <errno.h>
#include <libaio.h>
#include <pthread.h>
#include <stdlib.h>

struct mb_aio {
  io_context_t context;
  unsigned depth, idle;
  struct iocb **free;  // the first `idle` are neither prepared nor in flight
  struct iocb *requests;
  struct iocb **prepared;  // `waiting` of them, from `first` on
  unsigned first, waiting;
};

// io_destroy waits for a grace period of the kernel, 30 ms and more: closed queues are kept for the next open.
enum { KEPT = 4 };
static struct mb_aio *kept[KEPT];
static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;

static struct mb_aio *take_kept(unsigned depth) {
  struct mb_aio *found = NULL;
  pthread_mutex_lock(&kept_lock);
  for (int k = 0; k < KEPT && !found; k++)
    if (kept[k] && kept[k]->depth == depth) {
      found = kept[k];
      kept[k] = NULL;
    }
  pthread_mutex_unlock(&kept_lock);
  return found;
}

static int keep(struct mb_aio *queue) {
  int done = 0;
  pthread_mutex_lock(&kept_lock);
  for (int k = 0; k < KEPT && !done; k++)
    if (!kept[k]) {
      kept[k] = queue;
      done = 1;
    }
  pthread_mutex_unlock(&kept_lock);
  return done;
}

static void destroy(struct mb_aio *queue) {
  io_destroy(queue->context);
  free(queue->requests);
  free(queue->free);
  free(queue->prepared);
  free(queue);
}

struct mb_aio *mb_aio_open(unsigned depth, int *error) {
  struct mb_aio *queue = take_kept(depth);
  if (queue) return queue;
  queue = calloc(1, sizeof *queue);
  if (!queue) {
    *error = ENOMEM;
    return NULL;
  }
  int result = io_setup((int)depth, &queue->context);
  if (result < 0) {
    *error = -result;
    free(queue);
    return NULL;
  }
  queue->requests = calloc(depth, sizeof *queue->requests);
  queue->free = calloc(depth, sizeof *queue->free);
  queue->prepared = calloc(depth, sizeof *queue->prepared);
  if (!queue->requests || !queue->free || !queue->prepared) {
    *error = ENOMEM;
    destroy(queue);
    return NULL;
  }
  queue->depth = queue->idle = depth;
  for (unsigned k = 0; k < depth; k++) queue->free[k] = &queue->requests[k];
  return queue;
}

void mb_aio_close(struct mb_aio *queue) {
  struct mb_aio_event ignored[64];
  while (queue->waiting) queue->free[queue->idle++] = queue->prepared[queue->first + --queue->waiting];
  queue->first = 0;
  while (queue->idle < queue->depth)
    if (mb_aio_reap(queue, 1, ignored, 64) < 0) break;
  if (queue->idle == queue->depth && keep(queue)) return;
  destroy(queue);
}

int mb_aio_prepare(struct mb_aio *queue, int write, int fd, void *buffer, size_t length, int64_t offset, uint64_t tag) {
  if (!queue->idle) return -EAGAIN;
  struct iocb *request = queue->free[--queue->idle];
  if (write)
    io_prep_pwrite(request, fd, buffer, length, offset);
  else
    io_prep_pread(request, fd, buffer, length, offset);
  request->data = (void *)(uintptr_t)tag;
  if (!queue->waiting) queue->first = 0;
  // What was left over moves to the front before the array is full.
  if (queue->first + queue->waiting == queue->depth) {
    for (unsigned k = 0; k < queue->waiting; k++) queue->prepared[k] = queue->prepared[queue->first + k];
    queue->first = 0;
  }
  queue->prepared[queue->first + queue->waiting++] = request;
  return 0;
}

int mb_aio_commit(struct mb_aio *queue) {
  if (!queue->waiting) return 0;
  int result;
  do result = io_submit(queue->context, queue->waiting, queue->prepared + queue->first);
  while (result == -EINTR);
  if (result == -EAGAIN) return 0;
  int gone = result < 0 ? 1 : result;
  if (result < 0) queue->free[queue->idle++] = queue->prepared[queue->first];
  queue->first += (unsigned)gone;
  queue->waiting -= (unsigned)gone;
  return result;
}

int mb_aio_submit(struct mb_aio *queue, int write, int fd, void *buffer, size_t length, int64_t offset, uint64_t tag) {
  int result = mb_aio_prepare(queue, write, fd, buffer, length, offset, tag);
  if (result) return result;
  result = mb_aio_commit(queue);
  if (result == 1) return 0;
  // Refused for now: as if it had not been prepared.
  if (result == 0) queue->free[queue->idle++] = queue->prepared[queue->first + --queue->waiting];
  return result < 0 ? result : -EAGAIN;
}

// The head of the ring of completions, which io_setup maps to the address that is the context (fs/aio.c; as the user
// library's own io_getevents, and fio's with userspace_reap, read it).
struct ring {
  unsigned id, count, head, tail, magic, compatible, incompatible, header_length;
  struct io_event events[];
};
enum { RING_MAGIC = 0xa10a10a1 };

static int take_ended(struct mb_aio *queue, struct mb_aio_event *events, int maximum) {
  struct ring *ring = (struct ring *)queue->context;
  if (ring->magic != RING_MAGIC) return 0;
  unsigned head = ring->head;
  unsigned tail = __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE);
  int count = 0;
  while (count < maximum && head != tail) {
    struct io_event *found = &ring->events[head];
    events[count].tag = (uint64_t)(uintptr_t)found->data;
    events[count].result = (int64_t)found->res;
    queue->free[queue->idle++] = found->obj;
    count++;
    head = head + 1 == ring->count ? 0 : head + 1;
  }
  if (count) __atomic_store_n(&ring->head, head, __ATOMIC_RELEASE);
  return count;
}

static int reap(struct mb_aio *queue, int minimum, struct mb_aio_event *events, int maximum, struct timespec *limit) {
  struct io_event found[64];
  if (maximum > 64) maximum = 64;
  int taken = take_ended(queue, events, maximum);
  if (taken >= minimum) return taken;
  int count;
  do count = io_getevents(queue->context, minimum - taken, maximum - taken, found, limit);
  while (count == -EINTR && !limit);
  if (count == -EINTR) count = 0;
  if (count < 0) return taken ? taken : count;
  for (int k = 0; k < count; k++) {
    events[taken + k].tag = (uint64_t)(uintptr_t)found[k].data;
    events[taken + k].result = (int64_t)found[k].res;
    queue->free[queue->idle++] = found[k].obj;
  }
  return taken + count;
}

int mb_aio_reap(struct mb_aio *queue, int minimum, struct mb_aio_event *events, int maximum) {
  return reap(queue, minimum, events, maximum, NULL);
}

int mb_aio_reap_for(struct mb_aio *queue, int minimum, struct mb_aio_event *events, int maximum, int64_t timeout_ns) {
  struct timespec limit = {timeout_ns / 1000000000, timeout_ns % 1000000000};
  return reap(queue, minimum, events, maximum, &limit);
}
