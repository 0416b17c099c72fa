#include "mb_clock.h"
