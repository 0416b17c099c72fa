#define _GNU_SOURCE
#include "mb_scan.h"
#include <string.h>

ptrdiff_t mb_last_byte(const uint8_t *bytes, size_t count, uint8_t byte) {
  const uint8_t *found = memrchr(bytes, byte, count);
  return found ? found - bytes : -1;
}

// A level is two functions for the 64 bytes at `p` (inlined, their constants hoisted) and the two walks over a block.
#define BLOCK_WALK(WORD)                                                                                            \
  uint64_t any = 0;                                                                                                 \
  size_t words = count / 64;                                                                                        \
  for (size_t w = 0; w < words; w++) {                                                                              \
    const uint8_t *p = bytes + w * 64;                                                                              \
    any |= masks[w] = WORD;                                                                                         \
  }                                                                                                                 \
  if (count % 64) {                                                                                                 \
    const uint8_t *p = bytes + words * 64;                                                                          \
    any |= masks[words] = WORD & ((UINT64_C(1) << count % 64) - 1);                                                 \
  }                                                                                                                 \
  return any;

#define LEVEL(NAME, TARGET)                                                                                         \
  TARGET static uint64_t pair_##NAME(const uint8_t *bytes, size_t count, uint8_t first, uint8_t second,             \
                                     size_t distance, uint64_t *masks) {                                            \
    BLOCK_WALK(pair_word_##NAME(p, first, second, distance))                                                        \
  }                                                                                                                 \
  TARGET static uint64_t ranges_##NAME(const uint8_t *bytes, size_t count, const mb_byte_ranges *ranges,            \
                                       uint64_t *masks) {                                                           \
    BLOCK_WALK(ranges_word_##NAME(p, ranges))                                                                       \
  }

#if defined(__x86_64__)
#include <immintrin.h>
#define SSE2
#define AVX2 __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx512bw")))

int mb_scan_level(void) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512bw")) return 2;
  return __builtin_cpu_supports("avx2") ? 1 : 0;
}

static inline __m128i load_128(const uint8_t *p) { return _mm_loadu_si128((const __m128i *)p); }

static inline uint64_t pair_word_baseline(const uint8_t *p, uint8_t first, uint8_t second, size_t distance) {
  const __m128i a = _mm_set1_epi8((char)first), b = _mm_set1_epi8((char)second);
  uint64_t mask = 0;
  for (int i = 0; i < 64; i += 16) {
    __m128i equal = _mm_and_si128(_mm_cmpeq_epi8(a, load_128(p + i)), _mm_cmpeq_epi8(b, load_128(p + i + distance)));
    mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(equal) << i;
  }
  return mask;
}

static inline uint64_t ranges_word_baseline(const uint8_t *p, const mb_byte_ranges *ranges) {
  uint64_t mask = 0;
  for (uint32_t r = 0; r < ranges->count; r++) {
    const __m128i low = _mm_set1_epi8((char)ranges->low[r]), width = _mm_set1_epi8((char)ranges->width[r]);
    for (int i = 0; i < 64; i += 16) {
      __m128i above = _mm_sub_epi8(load_128(p + i), low);
      __m128i inside = _mm_cmpeq_epi8(above, _mm_min_epu8(above, width));
      mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(inside) << i;
    }
  }
  return mask;
}

AVX2 static inline __m256i load_256(const uint8_t *p) { return _mm256_loadu_si256((const __m256i *)p); }

AVX2 static inline uint64_t pair_word_avx2(const uint8_t *p, uint8_t first, uint8_t second, size_t distance) {
  const __m256i a = _mm256_set1_epi8((char)first), b = _mm256_set1_epi8((char)second);
  uint64_t mask = 0;
  for (int i = 0; i < 64; i += 32) {
    __m256i equal =
        _mm256_and_si256(_mm256_cmpeq_epi8(a, load_256(p + i)), _mm256_cmpeq_epi8(b, load_256(p + i + distance)));
    mask |= (uint64_t)(uint32_t)_mm256_movemask_epi8(equal) << i;
  }
  return mask;
}

AVX2 static inline uint64_t ranges_word_avx2(const uint8_t *p, const mb_byte_ranges *ranges) {
  uint64_t mask = 0;
  for (uint32_t r = 0; r < ranges->count; r++) {
    const __m256i low = _mm256_set1_epi8((char)ranges->low[r]), width = _mm256_set1_epi8((char)ranges->width[r]);
    for (int i = 0; i < 64; i += 32) {
      __m256i above = _mm256_sub_epi8(load_256(p + i), low);
      __m256i inside = _mm256_cmpeq_epi8(above, _mm256_min_epu8(above, width));
      mask |= (uint64_t)(uint32_t)_mm256_movemask_epi8(inside) << i;
    }
  }
  return mask;
}

AVX512 static inline uint64_t pair_word_avx512(const uint8_t *p, uint8_t first, uint8_t second, size_t distance) {
  return _mm512_cmpeq_epi8_mask(_mm512_set1_epi8((char)first), _mm512_loadu_si512(p)) &
         _mm512_cmpeq_epi8_mask(_mm512_set1_epi8((char)second), _mm512_loadu_si512(p + distance));
}

AVX512 static inline uint64_t ranges_word_avx512(const uint8_t *p, const mb_byte_ranges *ranges) {
  const __m512i text = _mm512_loadu_si512(p);
  uint64_t mask = 0;
  for (uint32_t r = 0; r < ranges->count; r++) {
    const __m512i low = _mm512_set1_epi8((char)ranges->low[r]), width = _mm512_set1_epi8((char)ranges->width[r]);
    mask |= _mm512_cmple_epu8_mask(_mm512_sub_epi8(text, low), width);
  }
  return mask;
}

LEVEL(baseline, SSE2)
LEVEL(avx2, AVX2)
LEVEL(avx512, AVX512)
#define DISPATCH(SCAN, ...)                                                                                         \
  return level == 2 ? SCAN##_avx512(__VA_ARGS__) : level == 1 ? SCAN##_avx2(__VA_ARGS__) : SCAN##_baseline(__VA_ARGS__)

#else

int mb_scan_level(void) { return 0; }

static inline uint64_t pair_word_baseline(const uint8_t *p, uint8_t first, uint8_t second, size_t distance) {
  uint64_t mask = 0;
  for (int i = 0; i < 64; i++) mask |= (uint64_t)((p[i] == first) & (p[i + distance] == second)) << i;
  return mask;
}

static inline uint64_t ranges_word_baseline(const uint8_t *p, const mb_byte_ranges *ranges) {
  uint64_t mask = 0;
  for (uint32_t r = 0; r < ranges->count; r++)
    for (int i = 0; i < 64; i++) mask |= (uint64_t)((uint8_t)(p[i] - ranges->low[r]) <= ranges->width[r]) << i;
  return mask;
}

LEVEL(baseline, )
#define DISPATCH(SCAN, ...)                                                                                         \
  (void)level;                                                                                                      \
  return SCAN##_baseline(__VA_ARGS__)

#endif

uint64_t mb_scan_pair(int level, const uint8_t *bytes, size_t count, uint8_t first, uint8_t second, size_t distance,
                      uint64_t *masks) {
  DISPATCH(pair, bytes, count, first, second, distance, masks);
}

uint64_t mb_scan_ranges(int level, const uint8_t *bytes, size_t count, const mb_byte_ranges *ranges, uint64_t *masks) {
  DISPATCH(ranges, bytes, count, ranges, masks);
}
