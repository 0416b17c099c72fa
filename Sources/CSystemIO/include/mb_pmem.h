#ifndef MB_PMEM_H
#define MB_PMEM_H
#include <stddef.h>

// libpmem, opened by dlopen at the first call, so that a process that needs none pays for none.
// 0 where it is there, else -1: mb_pmem_error says why.
int mb_pmem_load(void);
const char *mb_pmem_error(void);

// pmem_map_file: with `length` over 0 the file is created (it must not exist) with that length, sparse where
// `sparse`; with 0 an existing file is mapped whole. NULL on failure. Only after mb_pmem_load().
void *mb_pmem_map(const char *path, size_t length, int sparse, size_t *mapped, int *is_pmem);
int mb_pmem_unmap(void *at, size_t length);
// pmem_memcpy_nodrain, pmem_flush, pmem_drain, pmem_persist, pmem_msync (0 or -errno).
void mb_pmem_copy(void *to, const void *from, size_t length);
// pmem_memcpy by stores past the cache or through it, with a drain behind it or without.
void mb_pmem_copy_as(void *to, const void *from, size_t length, int past_cache, int drain);
void mb_pmem_flush(const void *at, size_t length);
void mb_pmem_drain(void);
void mb_pmem_persist(const void *at, size_t length);
int mb_pmem_msync(const void *at, size_t length);
#endif
