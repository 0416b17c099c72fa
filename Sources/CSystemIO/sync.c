#define _GNU_SOURCE
#include "mb_sync.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int mb_sync_filesystem(const char *folder) {
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return -errno;
  int result = syncfs(fd) == 0 ? 0 : -errno;
  close(fd);
  return result;
}
