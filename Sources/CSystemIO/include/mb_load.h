#ifndef MB_LOAD_H
#define MB_LOAD_H
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Up to 16 bytes as two little-endian words, zero-padded.
typedef struct {
  uint64_t low, high;
} mb_words;

// The first `length` (0 to 16) bytes at `bytes`. Always reads 16 bytes: they must be readable.
static inline mb_words mb_load_words(const void *bytes, size_t length) {
  // Sixteen bytes from 16 - length on are `length` ones and then zeros; no branch on the length.
  static const uint8_t ones[32] = {255, 255, 255, 255, 255, 255, 255, 255,
                                   255, 255, 255, 255, 255, 255, 255, 255};
  mb_words words, keep;
  memcpy(&words, bytes, 16);
  memcpy(&keep, ones + 16 - length, 16);
  words.low &= keep.low;
  words.high &= keep.high;
  return words;
}
#endif
