#include "mb_crc32c.h"
#include <string.h>

#define POLYNOMIAL 0x82f63b78u

// table[k][b] advances the checksum of byte b over k further zero bytes (slicing by 8).
static uint32_t table[8][256];
static int table_ready;

static void make_table(void) {
  for (uint32_t b = 0; b < 256; b++) {
    uint32_t crc = b;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    table[0][b] = crc;
  }
  for (uint32_t b = 0; b < 256; b++)
    for (int k = 1; k < 8; k++) table[k][b] = (table[k - 1][b] >> 8) ^ table[0][table[k - 1][b] & 0xff];
  // Two threads may both get here: they write the same values.
  __atomic_store_n(&table_ready, 1, __ATOMIC_RELEASE);
}

uint32_t mb_crc32c_table(uint32_t crc, const void *bytes, size_t length) {
  if (!__atomic_load_n(&table_ready, __ATOMIC_ACQUIRE)) make_table();
  const uint8_t *p = bytes;
  crc = ~crc;
  while (length >= 8) {
    uint64_t word;
    memcpy(&word, p, 8);
    word ^= crc;
    crc = table[7][word & 0xff] ^ table[6][(word >> 8) & 0xff] ^ table[5][(word >> 16) & 0xff] ^
          table[4][(word >> 24) & 0xff] ^ table[3][(word >> 32) & 0xff] ^ table[2][(word >> 40) & 0xff] ^
          table[1][(word >> 48) & 0xff] ^ table[0][word >> 56];
    p += 8;
    length -= 8;
  }
  while (length--) crc = (crc >> 8) ^ table[0][(crc ^ *p++) & 0xff];
  return ~crc;
}

#if defined(__x86_64__)
#include <immintrin.h>

#define CHAIN __attribute__((target("sse4.2")))
#define LANES __attribute__((target("sse4.2,pclmul")))

// The instruction has a latency of three cycles and a throughput of one: three independent chains over
// neighbouring lanes fill it. A lane's checksum is then moved over the lanes behind it by a carry-less
// multiplication with x^(8n-33) mod P (n bytes; the product of two reflected 32-bit polynomials stands one bit
// low, and the closing crc32 multiplies by x^32: 33 together).
#define LONG_LANE 4096
#define SHORT_LANE 512

static inline CHAIN uint64_t word_at(const uint8_t *p) {
  uint64_t word;
  memcpy(&word, p, 8);
  return word;
}

static inline CHAIN uint32_t chain(uint32_t crc, const uint8_t *p, size_t length) {
  uint64_t state = crc;
  for (; length >= 8; p += 8, length -= 8) state = _mm_crc32_u64(state, word_at(p));
  uint32_t narrow = (uint32_t)state;
  for (; length; p++, length--) narrow = _mm_crc32_u8(narrow, *p);
  return narrow;
}

// a * b mod P in the reflected representation (bit 31 is x^0).
static uint32_t multiply(uint32_t a, uint32_t b) {
  uint32_t product = 0;
  for (int bit = 31; bit >= 0; bit--) {
    if ((a >> bit) & 1) product ^= b;
    b = (b >> 1) ^ (b & 1 ? POLYNOMIAL : 0);
  }
  return product;
}

// x^n mod P.
static uint32_t power(uint64_t n) {
  uint32_t result = 0x80000000u, base = 0x40000000u;
  for (; n; n >>= 1) {
    if (n & 1) result = multiply(result, base);
    base = multiply(base, base);
  }
  return result;
}

// Multipliers that move a checksum over one and over two lanes.
static struct {
  uint32_t long_one, long_two, short_one, short_two;
} shift;
static int level;  // 0 not yet known, 1 tables, 2 one chain, 3 three chains

static int detect(void) {
  int found = 1;
  __builtin_cpu_init();
  if (__builtin_cpu_supports("sse4.2")) found = 2;
  if (found == 2 && __builtin_cpu_supports("pclmul")) {
    shift.long_one = power(8ull * LONG_LANE - 33);
    shift.long_two = power(16ull * LONG_LANE - 33);
    shift.short_one = power(8ull * SHORT_LANE - 33);
    shift.short_two = power(16ull * SHORT_LANE - 33);
    found = 3;
  }
  __atomic_store_n(&level, found, __ATOMIC_RELEASE);
  return found;
}

static inline LANES uint64_t moved(uint32_t crc, uint32_t multiplier) {
  __m128i product = _mm_clmulepi64_si128(_mm_cvtsi32_si128((int)crc), _mm_cvtsi32_si128((int)multiplier), 0);
  return (uint64_t)_mm_cvtsi128_si64(product);
}

static inline LANES uint32_t three(uint32_t crc, const uint8_t *p, size_t lane, uint32_t one, uint32_t two) {
  uint64_t a = crc, b = 0, c = 0;
  const uint8_t *end = p + lane;
  for (; p < end; p += 16) {
    a = _mm_crc32_u64(a, word_at(p));
    b = _mm_crc32_u64(b, word_at(p + lane));
    c = _mm_crc32_u64(c, word_at(p + 2 * lane));
    a = _mm_crc32_u64(a, word_at(p + 8));
    b = _mm_crc32_u64(b, word_at(p + 8 + lane));
    c = _mm_crc32_u64(c, word_at(p + 8 + 2 * lane));
  }
  return (uint32_t)_mm_crc32_u64(0, moved((uint32_t)a, two) ^ moved((uint32_t)b, one)) ^ (uint32_t)c;
}

static LANES uint32_t lanes(uint32_t crc, const uint8_t *p, size_t length) {
  for (; length >= 3 * LONG_LANE; p += 3 * LONG_LANE, length -= 3 * LONG_LANE)
    crc = three(crc, p, LONG_LANE, shift.long_one, shift.long_two);
  for (; length >= 3 * SHORT_LANE; p += 3 * SHORT_LANE, length -= 3 * SHORT_LANE)
    crc = three(crc, p, SHORT_LANE, shift.short_one, shift.short_two);
  return chain(crc, p, length);
}

static CHAIN uint32_t one_chain(uint32_t crc, const uint8_t *p, size_t length) { return chain(crc, p, length); }

static int processor(void) {
  int known = __atomic_load_n(&level, __ATOMIC_ACQUIRE);
  return known ? known : detect();
}

uint32_t mb_crc32c_chain(uint32_t crc, const void *bytes, size_t length) {
  if (processor() < 2) return mb_crc32c_table(crc, bytes, length);
  return ~one_chain(~crc, bytes, length);
}

uint32_t mb_crc32c(uint32_t crc, const void *bytes, size_t length) {
  switch (processor()) {
    case 3: return ~lanes(~crc, bytes, length);
    case 2: return ~one_chain(~crc, bytes, length);
    default: return mb_crc32c_table(crc, bytes, length);
  }
}
#else
uint32_t mb_crc32c_chain(uint32_t crc, const void *bytes, size_t length) { return mb_crc32c_table(crc, bytes, length); }
uint32_t mb_crc32c(uint32_t crc, const void *bytes, size_t length) { return mb_crc32c_table(crc, bytes, length); }
#endif
