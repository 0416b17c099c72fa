// memcpy_loop FILE BLOCK SECONDS: copies blocks at random places of a mapped file into one buffer, as fast as one core can.
// Prints blocks per second. The bound for `ioengine=libpmem rw=randread` (make peers-io).
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int count, char **words) {
  if (count != 4) return fprintf(stderr, "usage: memcpy_loop FILE BLOCK SECONDS\n"), 64;
  size_t block = strtoull(words[2], NULL, 10);
  double seconds = atof(words[3]);
  int file = open(words[1], O_RDONLY);
  struct stat found;
  if (file < 0 || fstat(file, &found) < 0 || block == 0 || (size_t)found.st_size < block) return perror(words[1]), 2;
  const char *bytes = mmap(NULL, found.st_size, PROT_READ, MAP_SHARED | MAP_POPULATE, file, 0);
  char *buffer = aligned_alloc(4096, (block + 4095) & ~(size_t)4095);
  if (bytes == MAP_FAILED || !buffer) return perror("memory"), 2;
  memset(buffer, 1, block);
  uint64_t blocks = found.st_size / block, state = 88172645463325252ull, done = 0;
  double start = now(), end = start;
  while (end - start < seconds) {
    for (int at = 0; at < 256; at++) {
      state ^= state << 13, state ^= state >> 7, state ^= state << 17;
      memcpy(buffer, bytes + (uint64_t)((__uint128_t)state * blocks >> 64) * block, block);
      __asm__ volatile("" : : "r"(buffer) : "memory");  // the copy is used
    }
    done += 256;
    end = now();
  }
  printf("%.0f\n", done / (end - start));
  return 0;
}
