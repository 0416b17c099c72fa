#ifndef MB_FILE_H
#define MB_FILE_H
#include <stddef.h>
#include <stdint.h>

// Files as Linux has them: what `_GNU_SOURCE` hides, and system calls that the C library does not know yet.
// Every function returns a value of 0 or more, or -errno.

// open(2) with O_CLOEXEC; the flags below may be combined.
enum {
  MB_OPEN_WRITE = 1,        // O_RDWR, else O_RDONLY
  MB_OPEN_CREATE = 2,       // O_CREAT, mode 0600 unless another is given
  MB_OPEN_EXCLUSIVE = 4,    // O_EXCL
  MB_OPEN_DIRECT = 8,       // O_DIRECT
  MB_OPEN_DIRECTORY = 16,   // O_DIRECTORY
  MB_OPEN_NONBLOCK = 32,    // O_NONBLOCK: a FIFO without a writer is opened at once
  MB_OPEN_NOFOLLOW = 64,    // O_NOFOLLOW
  MB_OPEN_APPEND = 128,     // O_APPEND
  MB_OPEN_SYNC = 256,       // O_SYNC
  MB_OPEN_DSYNC = 512,      // O_DSYNC
  MB_OPEN_NOATIME = 1024,   // O_NOATIME; opened without it where the file is somebody else's
};
int mb_open(const char *path, int flags, unsigned mode);
// Alignment of memory and of offsets and lengths that O_DIRECT demands (STATX_DIOALIGN, Linux 6.1);
// -ENOTSUP where the kernel does not say, both 0 where the file takes no direct I/O.
int mb_direct_alignment(int fd, uint32_t *memory, uint32_t *offset);
// `f_type` of statfs(2).
int64_t mb_filesystem_type(int fd);
// Bytes that an unprivileged writer may still use, and the file system's size.
int mb_filesystem_space(const char *path, uint64_t *available, uint64_t *total);
// Device numbers of the file's file system (`st_dev`).
int mb_device_of(int fd, uint32_t *major, uint32_t *minor);
// 1 where the file is mapped without a page cache (STATX_ATTR_DAX), else 0.
int mb_is_dax(int fd);
// Gives a range its blocks and the file at least its length.
int mb_allocate(int fd, int64_t offset, int64_t length);
// The same, the file's length left as it is (FALLOC_FL_KEEP_SIZE).
int mb_allocate_behind(int fd, int64_t offset, int64_t length);
// Whether somebody has the block device (mounted, swap, part of another device): -EBUSY then (open with O_EXCL).
int mb_claim_device(const char *path);
// Drops a block device's cached pages (BLKFLSBUF), and its size (BLKGETSIZE64).
int mb_flush_device(int fd);
int64_t mb_device_size(int fd);
// preadv2, pwritev2 of one buffer without flags.
int64_t mb_read_vector(int fd, void *buffer, size_t length, int64_t offset);
int64_t mb_write_vector(int fd, const void *buffer, size_t length, int64_t offset);
// Marks a file with an extended attribute of this user, and asks for it: 1 or 0.
int mb_set_mark(int fd, const char *name, const char *value);
int mb_has_mark(int fd, const char *name);
// Renames, but never over an existing name (-EEXIST): renameat2, or link and unlink where it is unknown.
int mb_rename_new(const char *from, const char *to);
// Pages of a file in the page cache, how many are dirty, and how many are being written (cachestat, Linux 6.5).
int mb_cached_pages(int fd, uint64_t *cached, uint64_t *dirty, uint64_t *writeback);
// Pages of the `length` bytes (over 0) from `offset` on that are in the page cache.
int64_t mb_cached_range(int fd, uint64_t offset, uint64_t length);
// flock(2): exclusive; `wait` 0 returns -EWOULDBLOCK where another open file holds it.
int mb_lock_file(int fd, int wait);
// Raises the soft limit of open files to the hard one; the limit.
int64_t mb_raise_open_files(void);
#endif
