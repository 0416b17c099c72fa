#ifndef MB_CRC32C_H
#define MB_CRC32C_H
#include <stddef.h>
#include <stdint.h>

// CRC32C (Castagnoli, reflected polynomial 0x82f63b78) of `length` bytes, continuing from `crc` (0 to begin):
// mb_crc32c(mb_crc32c(0, a), b) is the checksum of a followed by b. RFC 3720 appendix B.4 has test vectors.
uint32_t mb_crc32c(uint32_t crc, const void *bytes, size_t length);

// The same by tables alone, as on a processor without SSE4.2.
uint32_t mb_crc32c_table(uint32_t crc, const void *bytes, size_t length);
// The same by one chain of SSE4.2 instructions where the processor has them, else by tables.
uint32_t mb_crc32c_chain(uint32_t crc, const void *bytes, size_t length);
#endif
