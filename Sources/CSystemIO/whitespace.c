#include "mb_whitespace.h"
#include <immintrin.h>

typedef void (*masks_function)(const void *, size_t, uint64_t *);

// A byte is white space where it is 32 or where (byte - 9), unsigned, is at most 4.

static uint64_t mask16(const uint8_t *bytes) {
  __m128i v = _mm_loadu_si128((const __m128i *)bytes);
  __m128i shifted = _mm_sub_epi8(v, _mm_set1_epi8(9));
  __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(shifted, _mm_set1_epi8(4)), shifted);
  __m128i space = _mm_cmpeq_epi8(v, _mm_set1_epi8(' '));
  return (uint32_t)_mm_movemask_epi8(_mm_or_si128(control, space));
}

static void masks_sse2(const void *bytes, size_t blocks, uint64_t *masks) {
  const uint8_t *p = bytes;
  for (size_t b = 0; b < blocks; b++, p += 64)
    masks[b] = mask16(p) | mask16(p + 16) << 16 | mask16(p + 32) << 32 | mask16(p + 48) << 48;
}

__attribute__((target("avx2"))) static inline uint64_t mask32(const uint8_t *bytes) {
  __m256i v = _mm256_loadu_si256((const __m256i *)bytes);
  __m256i shifted = _mm256_sub_epi8(v, _mm256_set1_epi8(9));
  __m256i control = _mm256_cmpeq_epi8(_mm256_min_epu8(shifted, _mm256_set1_epi8(4)), shifted);
  __m256i space = _mm256_cmpeq_epi8(v, _mm256_set1_epi8(' '));
  return (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(control, space));
}

__attribute__((target("avx2"))) static void masks_avx2(
    const void *bytes, size_t blocks, uint64_t *masks) {
  const uint8_t *p = bytes;
  for (size_t b = 0; b < blocks; b++, p += 64) masks[b] = mask32(p) | mask32(p + 32) << 32;
}

__attribute__((target("avx512bw"))) static void masks_avx512(
    const void *bytes, size_t blocks, uint64_t *masks) {
  const uint8_t *p = bytes;
  for (size_t b = 0; b < blocks; b++, p += 64) {
    __m512i v = _mm512_loadu_si512(p);
    __m512i shifted = _mm512_sub_epi8(v, _mm512_set1_epi8(9));
    masks[b] = _mm512_cmple_epu8_mask(shifted, _mm512_set1_epi8(4)) |
               _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(' '));
  }
}

static masks_function supported(int width) {
  __builtin_cpu_init();
  switch (width) {
    case 0: return masks_sse2;
    case 1: return __builtin_cpu_supports("avx2") ? masks_avx2 : NULL;
    case 2: return __builtin_cpu_supports("avx512bw") ? masks_avx512 : NULL;
    default: return NULL;
  }
}

void mb_whitespace_masks(const void *bytes, size_t blocks, uint64_t *masks) {
  // Threads may both find it unset; they store the same pointer.
  static masks_function chosen;
  masks_function masks_of = __atomic_load_n(&chosen, __ATOMIC_RELAXED);
  if (!masks_of) {
    for (int width = 2; !masks_of; width--) masks_of = supported(width);
    __atomic_store_n(&chosen, masks_of, __ATOMIC_RELAXED);
  }
  masks_of(bytes, blocks, masks);
}

int mb_whitespace_masks_by(int width, const void *bytes, size_t blocks, uint64_t *masks) {
  masks_function masks_of = supported(width);
  if (!masks_of) return -1;
  masks_of(bytes, blocks, masks);
  return 0;
}
