#define _GNU_SOURCE
#include "mb_mapped.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

// What the handler looks at; `start` is 0 unless the other fields are valid.
enum { SLOTS = 1024 };
static struct {
  uint32_t taken, lost;
  int protection;
  uintptr_t start, end;
} slots[SLOTS];
static uintptr_t page_size;
static struct sigaction previous;
static int is_installed;

static void on_bus_error(int signal, siginfo_t *info, void *context) {
  (void)context;
  int saved = errno;
  uintptr_t at = (uintptr_t)info->si_addr;
  for (int i = 0; info->si_code > 0 && i < SLOTS; i++) {
    uintptr_t start = __atomic_load_n(&slots[i].start, __ATOMIC_ACQUIRE);
    uintptr_t end = __atomic_load_n(&slots[i].end, __ATOMIC_ACQUIRE);
    if (!start || at < start || at >= end || start != __atomic_load_n(&slots[i].start, __ATOMIC_ACQUIRE)) continue;
    uintptr_t page = at & ~(page_size - 1);
    // A bare system call, and so safe in a handler.
    void *zeros = mmap((void *)page, end - page, slots[i].protection, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (zeros == MAP_FAILED) break;
    __atomic_store_n(&slots[i].lost, 1, __ATOMIC_RELEASE);
    errno = saved;
    return;
  }
  // Nothing of ours: the load (or a signal that was sent) comes again under the action that was there before.
  sigaction(SIGBUS, &previous, NULL);
  if (info->si_code <= 0) raise(signal);
  errno = saved;
}

static void install(void) {
  page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
  struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigemptyset(&action.sa_mask);
  is_installed = sigaction(SIGBUS, &action, &previous) == 0;
}

// The mapping and the page behind it.
static size_t reserved(size_t length) { return ((length + page_size - 1) & ~(page_size - 1)) + page_size; }

// Address space that starts where a huge page may: only there can the kernel map a large folio of the page cache by one
// entry, and a fault for each 2 MiB instead of each 64 KiB is a quarter of a plain search's time.
static char *reserve(size_t length) {
  const size_t huge = (size_t)2 << 20;
  size_t room = length < huge ? length : length + huge;
  char *at = mmap(NULL, room, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED || room == length) return at;
  size_t before = -(uintptr_t)at & (huge - 1);
  if (before) munmap(at, before);
  munmap(at + before + length, huge - before);
  return at + before;
}

// A slot of the caller's own, or -1.
static int32_t take_slot(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  if (pthread_once(&once, install) || !is_installed) return -1;
  for (int32_t i = 0; i < SLOTS; i++) {
    uint32_t idle = 0;
    if (__atomic_compare_exchange_n(&slots[i].taken, &idle, 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) return i;
  }
  return -1;
}

static void watch(int32_t slot, uintptr_t start, size_t length, int protection) {
  slots[slot].lost = 0;
  slots[slot].protection = protection;
  __atomic_store_n(&slots[slot].end, start + length, __ATOMIC_RELEASE);
  __atomic_store_n(&slots[slot].start, start, __ATOMIC_RELEASE);
}

mb_file_map mb_map_file(int fd, size_t length) {
  mb_file_map map = {NULL, length, take_slot()};
  if (map.slot < 0) return map;
  char *at = reserve(reserved(length));
  if (at != MAP_FAILED && mmap(at, length, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED) {
    munmap(at, reserved(length));
    at = MAP_FAILED;
  }
  if (at == MAP_FAILED) {
    __atomic_store_n(&slots[map.slot].taken, 0, __ATOMIC_RELEASE);
    return map;
  }
  map.bytes = (const uint8_t *)at;
  watch(map.slot, (uintptr_t)at, reserved(length), PROT_READ);
  return map;
}

void mb_unmap_file(mb_file_map map) {
  if (!map.bytes) return;
  __atomic_store_n(&slots[map.slot].start, 0, __ATOMIC_RELEASE);
  munmap((void *)map.bytes, reserved(map.length));
  __atomic_store_n(&slots[map.slot].taken, 0, __ATOMIC_RELEASE);
}

int mb_file_map_is_lost(mb_file_map map) {
  return map.bytes && __atomic_load_n(&slots[map.slot].lost, __ATOMIC_ACQUIRE);
}

int32_t mb_watch_mapping(void *start, size_t length) {
  int32_t slot = take_slot();
  size_t whole = (length + page_size - 1) & ~(page_size - 1);
  if (slot >= 0) watch(slot, (uintptr_t)start, whole, PROT_READ | PROT_WRITE);
  return slot;
}

void mb_unwatch_mapping(int32_t slot) {
  if (slot < 0) return;
  __atomic_store_n(&slots[slot].start, 0, __ATOMIC_RELEASE);
  __atomic_store_n(&slots[slot].taken, 0, __ATOMIC_RELEASE);
}

const uint32_t *mb_watched_loss(int32_t slot) {
  static const uint32_t never = 0;
  return slot < 0 ? &never : &slots[slot].lost;
}
