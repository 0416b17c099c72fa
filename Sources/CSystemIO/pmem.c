#define _GNU_SOURCE
#include "mb_pmem.h"
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>

// From libpmem.h, which is needed at build time no more than the library itself.
enum { FILE_CREATE = 1, FILE_EXCL = 2, FILE_SPARSE = 4 };
enum { COPY_NODRAIN = 1, COPY_NONTEMPORAL = 2, COPY_TEMPORAL = 4 };

static struct {
  void *library;
  void *(*map_file)(const char *, size_t, int, unsigned, size_t *, int *);
  int (*unmap)(void *, size_t);
  void *(*memcpy_nodrain)(void *, const void *, size_t);
  void *(*memcpy_flags)(void *, const void *, size_t, unsigned);
  void (*flush)(const void *, size_t);
  void (*drain)(void);
  void (*persist)(const void *, size_t);
  int (*msync)(const void *, size_t);
  const char *(*errormsg)(void);
} pmem;
static char problem[256];

static void *symbol(const char *name) {
  void *found = dlsym(pmem.library, name);
  if (!found) snprintf(problem, sizeof problem, "libpmem.so.1 lacks %s", name);
  return found;
}

int mb_pmem_load(void) {
  if (pmem.library && pmem.map_file) return 0;
  pmem.library = dlopen("libpmem.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!pmem.library) {
    const char *why = dlerror();
    snprintf(problem, sizeof problem, "%s", why ? why : "libpmem.so.1 cannot be opened");
    return -1;
  }
  pmem.unmap = symbol("pmem_unmap");
  pmem.memcpy_nodrain = symbol("pmem_memcpy_nodrain");
  pmem.memcpy_flags = symbol("pmem_memcpy");
  pmem.flush = symbol("pmem_flush");
  pmem.drain = symbol("pmem_drain");
  pmem.persist = symbol("pmem_persist");
  pmem.msync = symbol("pmem_msync");
  pmem.errormsg = symbol("pmem_errormsg");
  void *map_file = symbol("pmem_map_file");
  if (!map_file || !pmem.unmap || !pmem.memcpy_nodrain || !pmem.memcpy_flags || !pmem.flush || !pmem.drain || !pmem.persist ||
      !pmem.msync || !pmem.errormsg)
    return -1;
  pmem.map_file = map_file;
  return 0;
}

const char *mb_pmem_error(void) { return pmem.map_file ? pmem.errormsg() : problem; }

void *mb_pmem_map(const char *path, size_t length, int sparse, size_t *mapped, int *is_pmem) {
  int flags = length ? FILE_CREATE | FILE_EXCL | (sparse ? FILE_SPARSE : 0) : 0;
  return pmem.map_file(path, length, flags, 0600, mapped, is_pmem);
}

int mb_pmem_unmap(void *at, size_t length) { return pmem.unmap(at, length) ? -errno : 0; }
void mb_pmem_copy(void *to, const void *from, size_t length) { pmem.memcpy_nodrain(to, from, length); }
void mb_pmem_copy_as(void *to, const void *from, size_t length, int past_cache, int drain) {
  pmem.memcpy_flags(to, from, length, (past_cache ? COPY_NONTEMPORAL : COPY_TEMPORAL) | (drain ? 0 : COPY_NODRAIN));
}
void mb_pmem_flush(const void *at, size_t length) { pmem.flush(at, length); }
void mb_pmem_drain(void) { pmem.drain(); }
void mb_pmem_persist(const void *at, size_t length) { pmem.persist(at, length); }
int mb_pmem_msync(const void *at, size_t length) { return pmem.msync(at, length) ? -errno : 0; }
