// PCRE2 for bytes. Functions appear in Swift with their suffix, as `pcre2_match_8`.
#ifndef MB_PCRE2_H
#define MB_PCRE2_H
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdint.h>

// The defaults under which a pattern means what Perl says of bytes: lines end in '\n' whatever the library
// was built with, and a pattern cannot switch itself to UTF.
static inline pcre2_code *mb_pcre2_compile(const uint8_t *pattern, size_t length, int *error, size_t *position) {
  pcre2_compile_context *context = pcre2_compile_context_create(NULL);
  if (context == NULL) {
    *error = PCRE2_ERROR_NOMEMORY;
    *position = 0;
    return NULL;
  }
  pcre2_set_newline(context, PCRE2_NEWLINE_LF);
  pcre2_set_bsr(context, PCRE2_BSR_UNICODE);
  pcre2_code *code = pcre2_compile(pattern, length, PCRE2_NEVER_UTF, error, position, context);
  pcre2_compile_context_free(context);
  return code;
}

// Whether the code has been compiled to machine code: `pcre2_jit_match_8` is valid.
static inline int mb_pcre2_has_jit(const pcre2_code *code) {
  size_t size = 0;
  return pcre2_pattern_info(code, PCRE2_INFO_JITSIZE, &size) == 0 && size > 0;
}
#endif
