#ifndef MB_PREFETCH_H
#define MB_PREFETCH_H

// Asks for the cache line at `address`, which will be written. Never faults, whatever the address.
static inline void mb_prefetch(const void *address) { __builtin_prefetch(address, 1, 3); }
#endif
