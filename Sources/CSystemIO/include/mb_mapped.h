#ifndef MB_MAPPED_H
#define MB_MAPPED_H
#include <stddef.h>
#include <stdint.h>

// A file's first bytes, mapped for reading, where a file that shrinks meanwhile does not end the process.
//
// Behind the end of a shrunk file (and where a device fails) a load raises SIGBUS. A handler, installed by the first
// mapping, then puts zeros from that page to the end of the mapping and marks it; whoever reads must ask
// mb_file_map_is_lost() before what was computed counts. A SIGBUS that concerns no mapping goes where it went before.
// (libwayland-server guards its clients' buffers in the same way.)
typedef struct {
  // NULL where the file could not be mapped. A page of zeros stands behind the last page.
  const uint8_t *bytes;
  size_t length;
  int32_t slot;
} mb_file_map;

// `length` is over 0 and at most the file's size. At most 1024 mappings at a time in one process, watched ones counted.
mb_file_map mb_map_file(int fd, size_t length);
void mb_unmap_file(mb_file_map map);
// 1 where bytes of the mapping could not be read since it was made, and zeros were found instead.
int mb_file_map_is_lost(mb_file_map map);

// The same for a mapping of the caller's own, which may be written to: zeros, and what is written behind them, belong to
// no file. Its slot, or -1 where there is none left: then SIGBUS ends the process.
int32_t mb_watch_mapping(void *start, size_t length);
// Before it is unmapped.
void mb_unwatch_mapping(int32_t slot);
// 1 in it once the mapping is lost; a word that stays 0 for the slot -1.
const uint32_t *mb_watched_loss(int32_t slot);
#endif
