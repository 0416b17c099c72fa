#define _GNU_SOURCE
#include "mb_shared.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

int mb_memfd(const char *name) {
  int fd = memfd_create(name, MFD_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

void *mb_map_shared(int fd, size_t length) {
  void *at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  return at == MAP_FAILED ? NULL : at;
}

void *mb_map_private(size_t length) {
  void *at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return at == MAP_FAILED ? NULL : at;
}

void *mb_map_huge(size_t length) {
  const size_t huge = 2 << 20;
  char *at = mb_map_private(length + huge);
  if (!at) return NULL;
  size_t before = -(size_t)at & (huge - 1);
  if (before) munmap(at, before);
  munmap(at + before + length, huge - before);
  madvise(at + before, length, MADV_HUGEPAGE);
  return at + before;
}

int mb_unmap(void *at, size_t length) { return munmap(at, length) ? -errno : 0; }

int mb_populate_write(void *at, size_t length) {
  if (!length) return 0;
  int result;
  do result = madvise(at, length, MADV_POPULATE_WRITE);
  while (result && (errno == EINTR || errno == EAGAIN));
  if (!result) return 0;
  if (errno != EINVAL) return -errno;
  for (size_t page = 0; page < length; page += 4096)
    __atomic_fetch_or((unsigned char *)at + page, 0, __ATOMIC_RELAXED);
  return 0;
}

void mb_populate_read(void *at, size_t length) {
  while (length && madvise(at, length, MADV_POPULATE_READ) && (errno == EINTR || errno == EAGAIN)) {}
}

static int lock_byte(int fd, int64_t offset, short type) {
  struct flock range = {.l_type = type, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1};
  while (fcntl(fd, F_SETLKW, &range))
    if (errno != EINTR) return -errno;
  return 0;
}

int mb_lock_byte(int fd, int64_t offset) { return lock_byte(fd, offset, F_WRLCK); }
int mb_unlock_byte(int fd, int64_t offset) { return lock_byte(fd, offset, F_UNLCK); }
