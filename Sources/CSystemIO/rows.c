#include "mb_rows.h"

// The separators of 64 bytes: line feeds, and line feeds or delimiters.
typedef struct {
  uint64_t feeds, all;
} word_masks;

// Where the next numbers are written.
typedef struct {
  uint16_t *ends, *first, *rows;
} row_index;

static inline __attribute__((always_inline)) unsigned lowest(uint64_t mask) {
  // The highest bit keeps the empty mask defined; what is written for it is overwritten.
  return (unsigned)__builtin_ctzll(mask | UINT64_C(1) << 63);
}

// Bit by bit. A fixed number of steps first: no branch that depends on the text, as long as fields are not short.
static inline __attribute__((always_inline)) void put_bits(row_index *index, word_masks masks, size_t at) {
  uint64_t all = masks.all, feeds = masks.feeds;
  unsigned count = (unsigned)__builtin_popcountll(all), rows = (unsigned)__builtin_popcountll(feeds);
  size_t before = (size_t)(index->ends - index->first);
  for (unsigned i = 0; i < 6; i++, all &= all - 1) index->ends[i] = (uint16_t)(at + lowest(all));
  for (unsigned i = 6; i < count; i++, all &= all - 1) index->ends[i] = (uint16_t)(at + lowest(all));
  for (unsigned i = 0; i < 2; i++, feeds &= feeds - 1)
    index->rows[i] = (uint16_t)(before + (size_t)__builtin_popcountll(masks.all & ((feeds & -feeds) - 1)));
  for (unsigned i = 2; i < rows; i++, feeds &= feeds - 1)
    index->rows[i] = (uint16_t)(before + (size_t)__builtin_popcountll(masks.all & ((feeds & -feeds) - 1)));
  index->ends += count;
  index->rows += rows;
}

// A level is the masks of the 64 bytes at `p`, what writes them down, and the walk over a block.
#define LEVEL(NAME, TARGET, MASKS, PUT)                                                                             \
  TARGET static size_t index_##NAME(const uint8_t *bytes, size_t count, uint8_t delimiter, uint16_t *ends,          \
                                    uint16_t *rows) {                                                               \
    row_index index = {ends, ends, rows};                                                                           \
    size_t at = 0;                                                                                                  \
    for (; at + 64 <= count; at += 64) PUT(&index, MASKS(bytes + at, delimiter), at);                               \
    if (at < count) {                                                                                               \
      word_masks masks = MASKS(bytes + at, delimiter);                                                              \
      uint64_t keep = (UINT64_C(1) << (count - at)) - 1;                                                            \
      masks.feeds &= keep;                                                                                          \
      masks.all &= keep;                                                                                            \
      PUT(&index, masks, at);                                                                                       \
    }                                                                                                               \
    return (size_t)(index.rows - rows);                                                                             \
  }

#if defined(__x86_64__)
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))
#define AVX512 __attribute__((target("avx512bw,bmi,bmi2,popcnt")))
#define VBMI2 __attribute__((target("avx512bw,avx512vl,avx512vbmi2,bmi,bmi2,popcnt")))

int mb_rows_level(void) {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("bmi2") ||
      !__builtin_cpu_supports("popcnt"))
    return 0;
  if (!__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512vl")) return 1;
  return __builtin_cpu_supports("avx512vbmi2") ? 3 : 2;
}

static inline word_masks masks_baseline(const uint8_t *p, uint8_t delimiter) {
  const __m128i feed = _mm_set1_epi8('\n'), other = _mm_set1_epi8((char)delimiter);
  word_masks masks = {0, 0};
  for (int i = 0; i < 64; i += 16) {
    __m128i text = _mm_loadu_si128((const __m128i *)(p + i));
    __m128i feeds = _mm_cmpeq_epi8(text, feed);
    masks.feeds |= (uint64_t)(uint32_t)_mm_movemask_epi8(feeds) << i;
    masks.all |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_or_si128(feeds, _mm_cmpeq_epi8(text, other))) << i;
  }
  return masks;
}

AVX2 static inline word_masks masks_avx2(const uint8_t *p, uint8_t delimiter) {
  const __m256i feed = _mm256_set1_epi8('\n'), other = _mm256_set1_epi8((char)delimiter);
  word_masks masks = {0, 0};
  for (int i = 0; i < 64; i += 32) {
    __m256i text = _mm256_loadu_si256((const __m256i *)(p + i));
    __m256i feeds = _mm256_cmpeq_epi8(text, feed);
    masks.feeds |= (uint64_t)(uint32_t)_mm256_movemask_epi8(feeds) << i;
    masks.all |= (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_or_si256(feeds, _mm256_cmpeq_epi8(text, other))) << i;
  }
  return masks;
}

AVX512 static inline word_masks masks_avx512(const uint8_t *p, uint8_t delimiter) {
  const __m512i text = _mm512_loadu_si512(p);
  word_masks masks;
  masks.feeds = _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8('\n'));
  masks.all = masks.feeds | _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8((char)delimiter));
  return masks;
}

// The places of the bits of `mask`, plus `base`, by a compression of 0 … 63; rows of text have few bits a word.
VBMI2 static inline void compress_bits(uint64_t mask, unsigned count, size_t base, uint16_t *out) {
  static const uint8_t places[64] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                     16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
                                     32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
                                     48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
  __m512i found = _mm512_maskz_compress_epi8(mask, _mm512_loadu_si512(places));
  __m512i offset = _mm512_set1_epi16((short)base);
  __m512i low = _mm512_add_epi16(_mm512_cvtepu8_epi16(_mm512_castsi512_si256(found)), offset);
  _mm512_storeu_si512(out, low);
  if (__builtin_expect(count > 32, 0)) {
    __m512i high = _mm512_add_epi16(_mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(found, 1)), offset);
    _mm512_storeu_si512(out + 32, high);
  }
}

VBMI2 static inline void put_compressed(row_index *index, word_masks masks, size_t at) {
  unsigned count = (unsigned)__builtin_popcountll(masks.all), rows = (unsigned)__builtin_popcountll(masks.feeds);
  compress_bits(masks.all, count, at, index->ends);
  compress_bits(_pext_u64(masks.feeds, masks.all), rows, (size_t)(index->ends - index->first), index->rows);
  index->ends += count;
  index->rows += rows;
}

LEVEL(baseline, , masks_baseline, put_bits)
LEVEL(avx2, AVX2, masks_avx2, put_bits)
LEVEL(avx512, AVX512, masks_avx512, put_bits)
LEVEL(vbmi2, VBMI2, masks_avx512, put_compressed)

size_t mb_index_rows(int level, const uint8_t *bytes, size_t count, uint8_t delimiter, uint16_t *ends, uint16_t *rows) {
  switch (level) {
    case 3: return index_vbmi2(bytes, count, delimiter, ends, rows);
    case 2: return index_avx512(bytes, count, delimiter, ends, rows);
    case 1: return index_avx2(bytes, count, delimiter, ends, rows);
    default: return index_baseline(bytes, count, delimiter, ends, rows);
  }
}

#else

int mb_rows_level(void) { return 0; }

static inline word_masks masks_baseline(const uint8_t *p, uint8_t delimiter) {
  word_masks masks = {0, 0};
  for (int i = 0; i < 64; i++) {
    masks.feeds |= (uint64_t)(p[i] == '\n') << i;
    masks.all |= (uint64_t)((p[i] == '\n') | (p[i] == delimiter)) << i;
  }
  return masks;
}

LEVEL(baseline, , masks_baseline, put_bits)

size_t mb_index_rows(int level, const uint8_t *bytes, size_t count, uint8_t delimiter, uint16_t *ends, uint16_t *rows) {
  (void)level;
  return index_baseline(bytes, count, delimiter, ends, rows);
}

#endif
