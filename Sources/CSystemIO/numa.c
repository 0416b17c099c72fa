#define _GNU_SOURCE
#include "mb_numa.h"
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int mb_numa_nodes(void) {
  FILE *online = fopen("/sys/devices/system/node/online", "re");
  if (!online) return 1;
  // A list of ranges: `0`, `0-1`, `0,2-3`.
  int first, last, count = 0;
  char separator;
  while (fscanf(online, "%d", &first) == 1) {
    last = first;
    separator = 0;
    if (fscanf(online, "%c", &separator) == 1 && separator == '-') {
      if (fscanf(online, "%d", &last) != 1) break;
      if (fscanf(online, "%c", &separator) != 1) separator = 0;
    }
    count += last - first + 1;
    if (separator != ',') break;
  }
  fclose(online);
  return count > 0 ? count : 1;
}

static void *library(void) {
  static void *handle;
  if (!handle) handle = dlopen("libnuma.so.1", RTLD_NOW | RTLD_LOCAL);
  return handle;
}

int mb_numa_bind_memory(void *at, size_t length, int node) {
  if (!library()) return -ENOSYS;
  int (*available)(void) = (int (*)(void))dlsym(library(), "numa_available");
  int (*highest)(void) = (int (*)(void))dlsym(library(), "numa_max_node");
  void (*place)(void *, size_t, int) = (void (*)(void *, size_t, int))dlsym(library(), "numa_tonode_memory");
  if (!available || !highest || !place || available() < 0) return -ENOSYS;
  if (node < 0 || node > highest()) return -EINVAL;
  place(at, length, node);
  return 0;
}

int mb_numa_run_on(int node) {
  if (!library()) return -ENOSYS;
  int (*available)(void) = (int (*)(void))dlsym(library(), "numa_available");
  int (*run)(int) = (int (*)(int))dlsym(library(), "numa_run_on_node");
  void (*prefer)(int) = (void (*)(int))dlsym(library(), "numa_set_preferred");
  if (!available || !run || !prefer || available() < 0) return -ENOSYS;
  if (run(node)) return -errno;
  prefer(node);
  return 0;
}

int mb_numa_node_of(const void *at) {
  int status = -1;
  void *page = (void *)((size_t)at & ~(size_t)4095);
  if (syscall(SYS_move_pages, 0, 1ul, &page, NULL, &status, 0)) return -errno;
  return status;
}

int mb_memory_policy(int rule, const int32_t *nodes, int count) {
  enum { MOST = 1024, BITS = 8 * sizeof(unsigned long) };
  unsigned long set[MOST / BITS] = {0};
  for (int k = 0; k < count; k++) {
    if (nodes[k] < 0 || nodes[k] >= MOST) return -EINVAL;
    set[nodes[k] / BITS] |= 1ul << (nodes[k] % BITS);
  }
  // The kernel reads one bit less than it is told.
  return syscall(SYS_set_mempolicy, rule, count ? set : NULL, count ? MOST + 1ul : 0ul) ? -errno : 0;
}
