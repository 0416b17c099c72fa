#ifndef MB_WHITESPACE_H
#define MB_WHITESPACE_H
#include <stddef.h>
#include <stdint.h>

// Finds ASCII white space (9 to 13 and 32), 64 bytes at a time: bit i of masks[b] is set where
// bytes[64 * b + i] is white space. Reads exactly 64 * blocks bytes, at any alignment.
//
// A call costs more than a block, so ask for many blocks at once. The widest instructions that the
// processor has are chosen once (AVX-512BW, AVX2, SSE2).
void mb_whitespace_masks(const void *bytes, size_t blocks, uint64_t *masks);

// The same by one instruction set, for tests: 0 SSE2, 1 AVX2, 2 AVX-512BW.
// Returns 0, or -1 where the processor lacks it (nothing is written then).
int mb_whitespace_masks_by(int width, const void *bytes, size_t blocks, uint64_t *masks);
#endif
