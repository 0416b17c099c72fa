// What Swift cannot import or express: one header a subject, plain functions, no macros to the outside.
// `_GNU_SOURCE` is defined in the .c files only.
#ifndef CSYSTEMIO_H
#define CSYSTEMIO_H
#include "mb_clock.h"
#include "mb_pcre2.h"
#include "mb_scan.h"
#endif
