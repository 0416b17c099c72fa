#include "mb_aio.h"
#include <errno.h>
#include <libaio.h>
#include <pthread.h>
#include <stdlib.h>

struct mb_aio {
  io_context_t context;
  unsigned depth, idle;
  struct iocb **free;  // the first `idle` are not in flight
  struct iocb *requests;
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
  if (!queue->requests || !queue->free) {
    *error = ENOMEM;
    io_destroy(queue->context);
    free(queue->requests);
    free(queue->free);
    free(queue);
    return NULL;
  }
  queue->depth = queue->idle = depth;
  for (unsigned k = 0; k < depth; k++) queue->free[k] = &queue->requests[k];
  return queue;
}

void mb_aio_close(struct mb_aio *queue) {
  struct mb_aio_event ignored[64];
  while (queue->idle < queue->depth)
    if (mb_aio_reap(queue, 1, ignored, 64) < 0) break;
  if (queue->idle == queue->depth && keep(queue)) return;
  io_destroy(queue->context);
  free(queue->requests);
  free(queue->free);
  free(queue);
}

int mb_aio_submit(struct mb_aio *queue, int write, int fd, void *buffer, size_t length, int64_t offset, uint64_t tag) {
  if (!queue->idle) return -EAGAIN;
  struct iocb *request = queue->free[queue->idle - 1];
  if (write)
    io_prep_pwrite(request, fd, buffer, length, offset);
  else
    io_prep_pread(request, fd, buffer, length, offset);
  request->data = (void *)(uintptr_t)tag;
  int result;
  do result = io_submit(queue->context, 1, &request);
  while (result == -EINTR);
  if (result != 1) return result < 0 ? result : -EAGAIN;
  queue->idle--;
  return 0;
}

int mb_aio_reap(struct mb_aio *queue, int minimum, struct mb_aio_event *events, int maximum) {
  struct io_event found[64];
  if (maximum > 64) maximum = 64;
  int count;
  do count = io_getevents(queue->context, minimum, maximum, found, NULL);
  while (count == -EINTR);
  for (int k = 0; k < count; k++) {
    events[k].tag = (uint64_t)(uintptr_t)found[k].data;
    events[k].result = (int64_t)found[k].res;
    queue->free[queue->idle++] = found[k].obj;
  }
  return count;
}
