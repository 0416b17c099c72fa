#include "mb_commit.h"

// Written by scripts/build.sh, and not in git.
#if __has_include("generated_commit.h")
#include "generated_commit.h"
#else
#define MB_BUILD_COMMIT ""
#endif

const char *mb_build_commit(void) { return MB_BUILD_COMMIT; }
