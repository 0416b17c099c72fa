// Where fields and rows end in a text of separated values.
//
// One call covers a block (some KiB), so that the choice of instruction set costs nothing.
#ifndef MB_ROWS_H
#define MB_ROWS_H
#include <stddef.h>
#include <stdint.h>

// The widest instruction set of this processor that the index knows: 0 baseline, 1 AVX2 with BMI, 2 AVX-512BW with BMI,
// 3 the same with VBMI2. An index may be asked for any level up to it.
int mb_rows_level(void);

// Writes the offset of each `delimiter` and line feed among the first `count` (at most 65536) bytes to `ends`,
// ascending, and for each line feed its index in `ends` to `rows`. Returns the number of line feeds.
//
// 63 bytes behind those bytes must be readable; `ends` has room for count + 64 numbers, `rows` too: what is behind the
// numbers is overwritten with rubbish.
size_t mb_index_rows(int level, const uint8_t *bytes, size_t count, uint8_t delimiter, uint16_t *ends, uint16_t *rows);
#endif
