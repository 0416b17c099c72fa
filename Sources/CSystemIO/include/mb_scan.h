// Bit masks of where bytes stand in a text: bit i % 64 of masks[i / 64] speaks of byte i.
//
// One call covers a block (some KiB), so that the choice of instruction set costs nothing; at least 64 bytes
// behind the bytes spoken of must be readable.
#ifndef MB_SCAN_H
#define MB_SCAN_H
#include <stddef.h>
#include <stdint.h>

// The widest instruction set of this processor that the scans know: 0 baseline (SSE2 on x86-64), 1 AVX2, 2 AVX-512BW.
// A scan may be asked for any level up to it.
int mb_scan_level(void);

// A set of bytes as ranges: range r holds the bytes low[r] ... low[r] + width[r]; no more than 128 are ever needed.
typedef struct {
  uint32_t count;
  uint8_t low[128];
  uint8_t width[128];
} mb_byte_ranges;

// Sets the bits of 0 <= i < count where bytes[i] == first and bytes[i + distance] == second, clears the others up to
// the end of the last word written (count / 64 rounded up), and returns all words or-ed together.
uint64_t mb_scan_pair(int level, const uint8_t *bytes, size_t count, uint8_t first, uint8_t second, size_t distance,
                      uint64_t *masks);

// The same for the bytes that lie in one of the ranges.
uint64_t mb_scan_ranges(int level, const uint8_t *bytes, size_t count, const mb_byte_ranges *ranges, uint64_t *masks);

// The index of the last `byte` among `count` bytes, or -1.
ptrdiff_t mb_last_byte(const uint8_t *bytes, size_t count, uint8_t byte);
#endif
