#define _GNU_SOURCE
#include "mb_file.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

int mb_open(const char *path, int flags, unsigned mode) {
  int native = O_CLOEXEC | (flags & MB_OPEN_WRITE ? O_RDWR : O_RDONLY);
  if (flags & MB_OPEN_CREATE) native |= O_CREAT;
  if (flags & MB_OPEN_EXCLUSIVE) native |= O_EXCL;
  if (flags & MB_OPEN_DIRECT) native |= O_DIRECT;
  if (flags & MB_OPEN_DIRECTORY) native |= O_DIRECTORY;
  if (flags & MB_OPEN_NONBLOCK) native |= O_NONBLOCK;
  if (flags & MB_OPEN_NOFOLLOW) native |= O_NOFOLLOW;
  if (flags & MB_OPEN_APPEND) native |= O_APPEND;
  if (flags & MB_OPEN_SYNC) native |= O_SYNC;
  if (flags & MB_OPEN_DSYNC) native |= O_DSYNC;
  if (flags & MB_OPEN_NOATIME) native |= O_NOATIME;
  int fd;
  do {
    fd = open(path, native, mode ? mode : 0600);
    if (fd < 0 && errno == EPERM && native & O_NOATIME) {
      native &= ~O_NOATIME;
      errno = EINTR;
    }
  } while (fd < 0 && errno == EINTR);
  return fd < 0 ? -errno : fd;
}

// struct statx of Linux 6.1 is larger than that of the C library (2.36), so it is laid out here.
int mb_direct_alignment(int fd, uint32_t *memory, uint32_t *offset) {
  unsigned char answer[256];
  memset(answer, 0, sizeof answer);
  const unsigned dioalign = 0x2000;
  if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, dioalign, answer)) return -errno;
  uint32_t mask;
  memcpy(&mask, answer, 4);
  if (!(mask & dioalign)) return -ENOTSUP;
  memcpy(memory, answer + 0x98, 4);
  memcpy(offset, answer + 0x9c, 4);
  return 0;
}

int mb_is_dax(int fd) {
  struct statx about;
  const uint64_t dax = 0x00200000;
  if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &about)) return -errno;
  return (about.stx_attributes & dax) != 0;
}

int64_t mb_filesystem_type(int fd) {
  struct statfs about;
  return fstatfs(fd, &about) ? -(int64_t)errno : (int64_t)(uint32_t)about.f_type;
}

int mb_filesystem_space(const char *path, uint64_t *available, uint64_t *total) {
  struct statvfs about;
  if (statvfs(path, &about)) return -errno;
  *available = (uint64_t)about.f_bavail * about.f_frsize;
  *total = (uint64_t)about.f_blocks * about.f_frsize;
  return 0;
}

int mb_device_of(int fd, uint32_t *major_number, uint32_t *minor_number) {
  struct stat about;
  if (fstat(fd, &about)) return -errno;
  *major_number = major(about.st_dev);
  *minor_number = minor(about.st_dev);
  return 0;
}

int mb_allocate(int fd, int64_t offset, int64_t length) {
  int result;
  do result = fallocate(fd, 0, offset, length);
  while (result && errno == EINTR);
  return result ? -errno : 0;
}

int mb_rename_new(const char *from, const char *to) {
  if (!renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE)) return 0;
  if (errno != EINVAL && errno != ENOSYS) return -errno;
  if (link(from, to)) return -errno;
  return unlink(from) ? -errno : 0;
}

// The answer's first three numbers are pages in the cache, dirty ones, ones being written.
static int cache_state(int fd, uint64_t offset, uint64_t length, uint64_t answer[5]) {
  const long cachestat = 451;
  uint64_t range[2] = {offset, length};
  return syscall(cachestat, fd, range, answer, 0) ? -errno : 0;
}

int mb_cached_pages(int fd, uint64_t *cached, uint64_t *dirty, uint64_t *writeback) {
  uint64_t answer[5] = {0};
  int result = cache_state(fd, 0, 0, answer);
  if (result) return result;
  *cached = answer[0];
  *dirty = answer[1];
  *writeback = answer[2];
  return 0;
}

int64_t mb_cached_range(int fd, uint64_t offset, uint64_t length) {
  uint64_t answer[5] = {0};
  int result = cache_state(fd, offset, length, answer);
  return result ? result : (int64_t)answer[0];
}

int mb_lock_file(int fd, int wait) {
  int result;
  do result = flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB));
  while (result && errno == EINTR);
  return result ? -errno : 0;
}

int64_t mb_raise_open_files(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit)) return -(int64_t)errno;
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit)) return -(int64_t)errno;
  }
  return (int64_t)limit.rlim_cur;
}

int mb_allocate_behind(int fd, int64_t offset, int64_t length) {
  int result;
  do result = fallocate(fd, FALLOC_FL_KEEP_SIZE, offset, length);
  while (result && errno == EINTR);
  return result ? -errno : 0;
}

int mb_claim_device(const char *path) {
  int fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return -errno;
  close(fd);
  return 0;
}

int mb_flush_device(int fd) { return ioctl(fd, BLKFLSBUF, NULL) ? -errno : 0; }

int64_t mb_device_size(int fd) {
  uint64_t size = 0;
  return ioctl(fd, BLKGETSIZE64, &size) ? -(int64_t)errno : (int64_t)size;
}

int64_t mb_read_vector(int fd, void *buffer, size_t length, int64_t offset) {
  struct iovec part = {buffer, length};
  ssize_t count = preadv2(fd, &part, 1, offset, 0);
  return count < 0 ? -errno : count;
}

int64_t mb_write_vector(int fd, const void *buffer, size_t length, int64_t offset) {
  struct iovec part = {(void *)buffer, length};
  ssize_t count = pwritev2(fd, &part, 1, offset, 0);
  return count < 0 ? -errno : count;
}

int mb_set_mark(int fd, const char *name, const char *value) {
  return fsetxattr(fd, name, value, strlen(value), 0) ? -errno : 0;
}

int mb_has_mark(int fd, const char *name) { return fgetxattr(fd, name, NULL, 0) >= 0; }
