// What Swift cannot import or express: one header a subject, plain functions, no macros to the outside.
// `_GNU_SOURCE` is defined in the .c files only.
#ifndef CSYSTEMIO_H
#define CSYSTEMIO_H
#include "mb_aio.h"
#include "mb_bytesum.h"
#include "mb_clock.h"
#include "mb_commit.h"
#include "mb_crc32c.h"
#include "mb_file.h"
#include "mb_load.h"
#include "mb_mapped.h"
#include "mb_numa.h"
#include "mb_pcre2.h"
#include "mb_pmem.h"
#include "mb_prefetch.h"
#include "mb_probe.h"
#include "mb_process.h"
#include "mb_ring.h"
#include "mb_rows.h"
#include "mb_scan.h"
#include "mb_shared.h"
#include "mb_socket.h"
#include "mb_sync.h"
#include "mb_whitespace.h"
#endif
