#ifndef MB_BYTESUM_H
#define MB_BYTESUM_H
#include <stddef.h>
#include <stdint.h>

// The sum of all byte values of `length` bytes, modulo 2^64.
uint64_t mb_byte_sum(const void *bytes, size_t length);
#endif
