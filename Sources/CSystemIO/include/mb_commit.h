#ifndef MB_COMMIT_H
#define MB_COMMIT_H

// The commit that scripts/build.sh built from, `-dirty` behind it where files differed; empty in other builds.
const char *mb_build_commit(void);
#endif
