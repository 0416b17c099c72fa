#ifndef MB_SHARED_H
#define MB_SHARED_H
#include <stddef.h>
#include <stdint.h>

// Atomics on memory that several processes map, and the calls that make and prepare such memory.
// Loads acquire, stores release, read-modify-writes are sequentially consistent.
static inline uint32_t mb_load_u32(const void *at) { return __atomic_load_n((const uint32_t *)at, __ATOMIC_ACQUIRE); }
static inline uint64_t mb_load_u64(const void *at) { return __atomic_load_n((const uint64_t *)at, __ATOMIC_ACQUIRE); }
static inline void mb_store_u32(void *at, uint32_t value) {
  __atomic_store_n((uint32_t *)at, value, __ATOMIC_RELEASE);
}
static inline void mb_store_u64(void *at, uint64_t value) {
  __atomic_store_n((uint64_t *)at, value, __ATOMIC_RELEASE);
}
// 1 where `*at` was `expected` and is now `desired`, else 0.
static inline int mb_swap_u32(void *at, uint32_t expected, uint32_t desired) {
  return __atomic_compare_exchange_n((uint32_t *)at, &expected, desired, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
static inline int mb_swap_u64(void *at, uint64_t expected, uint64_t desired) {
  return __atomic_compare_exchange_n((uint64_t *)at, &expected, desired, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
// A hint to the processor that the caller spins.
static inline void mb_spin_hint(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// A new anonymous memory file (close-on-exec), or -errno.
int mb_memfd(const char *name);
// Maps `length` bytes of `fd` from its start, shared, to read and write; NULL with errno on failure.
void *mb_map_shared(int fd, size_t length);
// Private zeroed memory outside the heap; NULL with errno on failure.
void *mb_map_private(size_t length);
// The same at a multiple of 2 MiB, in huge pages where the kernel gives them; `length` is a multiple of 2 MiB.
void *mb_map_huge(size_t length);
int mb_unmap(void *at, size_t length);
// Gives every page of a mapping its memory and this process its page tables (MADV_POPULATE_WRITE; by touching
// on kernels before 5.14). 0 or -errno: unlike a first touch, a full file system is an error and no signal.
int mb_populate_write(void *at, size_t length);
// Reads every page of a mapping into this process's page tables, as far as that goes: what fails, or an older kernel does
// not know, is left to the first touch.
void mb_populate_read(void *at, size_t length);
// A record lock (fcntl) on one byte of a file, waited for; the kernel drops it when the process dies. 0 or -errno.
int mb_lock_byte(int fd, int64_t offset);
int mb_unlock_byte(int fd, int64_t offset);
#endif
