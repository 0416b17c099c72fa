#ifndef MB_SYNC_H
#define MB_SYNC_H

// Writes a file system's dirty pages to its device (syncfs on the folder's). 0, or a negative errno.
int mb_sync_filesystem(const char *folder);
#endif
