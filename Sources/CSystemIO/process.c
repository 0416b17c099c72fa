#define _GNU_SOURCE
#include "mb_process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int mb_output_pipe(int ends[2]) {
  if (pipe2(ends, O_CLOEXEC) != 0) return -errno;
  // Only this end: a worker's writes to stderr should wait rather than fail.
  if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
    int error = errno;
    close(ends[0]);
    close(ends[1]);
    return -error;
  }
  return 0;
}

// A source descriptor that is the target of another dup2 would be lost, so sources move out of the way.
static int above_targets(int descriptor, int *duplicate) {
  *duplicate = -1;
  if (descriptor > MB_CHANNEL_DESCRIPTOR) return descriptor;
  return *duplicate = fcntl(descriptor, F_DUPFD_CLOEXEC, MB_CHANNEL_DESCRIPTOR + 1);
}

int mb_spawn(const char *path, char *const arguments[], char *const environment[], int channel, int output,
             pid_t *process) {
  int duplicates[2];
  channel = above_targets(channel, &duplicates[0]);
  output = above_targets(output, &duplicates[1]);
  int error = channel < 0 || output < 0 ? errno : 0;

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  if (!error) error = posix_spawn_file_actions_init(&actions);
  if (!error) {
    error = posix_spawnattr_init(&attributes);
    if (!error) {
      sigset_t all, blocked;
      sigfillset(&all);
      sigemptyset(&blocked);
      sigaddset(&blocked, SIGINT);
      sigaddset(&blocked, SIGTERM);
      error = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
      if (!error) error = posix_spawn_file_actions_adddup2(&actions, output, 1);
      if (!error) error = posix_spawn_file_actions_adddup2(&actions, output, 2);
      if (!error) error = posix_spawn_file_actions_adddup2(&actions, channel, MB_CHANNEL_DESCRIPTOR);
      if (!error) error = posix_spawn_file_actions_addclosefrom_np(&actions, MB_CHANNEL_DESCRIPTOR + 1);
      if (!error) error = posix_spawnattr_setsigdefault(&attributes, &all);
      if (!error) error = posix_spawnattr_setsigmask(&attributes, &blocked);
      if (!error) error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
      if (!error) error = posix_spawn(process, path, &actions, &attributes, arguments, environment);
      posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
  }
  for (int i = 0; i < 2; i++) {
    if (duplicates[i] >= 0) close(duplicates[i]);
  }
  return -error;
}

int mb_reap(pid_t process, int nonblocking, int *exit_code, int *signal) {
  *exit_code = -1;
  *signal = -1;
  for (;;) {
    int status;
    pid_t reaped = waitpid(process, &status, nonblocking ? WNOHANG : 0);
    if (reaped == 0) return 0;
    if (reaped < 0) {
      if (errno == EINTR) continue;
      return -errno;
    }
    if (WIFEXITED(status)) {
      *exit_code = WEXITSTATUS(status);
      return 1;
    }
    if (WIFSIGNALED(status)) {
      *signal = WTERMSIG(status);
      return 1;
    }
  }
}

int mb_enter_worker(pid_t controller) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The controller may have died before the line above.
  if (getppid() != controller) return -1;
  prctl(PR_SET_NAME, "marvel-worker");
  signal(SIGINT, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  // A core of a worker's arenas would take longer to write than the activation to repeat.
  struct rlimit limit;
  if (getrlimit(RLIMIT_CORE, &limit) == 0) {
    limit.rlim_cur = 0;
    setrlimit(RLIMIT_CORE, &limit);
  }
  return 0;
}

void mb_die_with_parent(void) {
  pid_t parent = getppid();
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  // Nobody is left to tell it: the parent died before the line above.
  if (getppid() != parent) _exit(127);
}

int mb_limit_data(int64_t bytes) {
  struct rlimit limit = {(rlim_t)bytes, (rlim_t)bytes};
  return setrlimit(RLIMIT_DATA, &limit) == 0 ? 0 : -errno;
}

int mb_bind(const int32_t *cpus, int count, int node) {
  cpu_set_t allowed, set;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return -errno;
  CPU_ZERO(&set);
  for (int i = 0; i < count; i++) {
    if (cpus[i] >= 0 && cpus[i] < CPU_SETSIZE && CPU_ISSET(cpus[i], &allowed)) CPU_SET(cpus[i], &set);
  }
  // What taskset or a container took away stays away.
  if (CPU_COUNT(&set) > 0 && sched_setaffinity(0, sizeof set, &set) != 0) return -errno;
  if (node < 0) return 0;
  if (node >= (int)(8 * sizeof(unsigned long))) return -EINVAL;
  unsigned long nodes = 1ul << node;
  // The kernel reads one bit less than it is told. A container may forbid the call (EPERM); local memory
  // comes first by default, so the CPUs decide alone then.
  if (syscall(SYS_set_mempolicy, MPOL_PREFERRED, &nodes, 8 * sizeof nodes + 1) == 0) return 0;
  return errno == EPERM || errno == ENOSYS ? 0 : -errno;
}

int mb_bind_exactly(const int32_t *cpus, int count) {
  cpu_set_t wanted, got;
  CPU_ZERO(&wanted);
  for (int i = 0; i < count; i++) {
    if (cpus[i] < 0 || cpus[i] >= CPU_SETSIZE) return -EINVAL;
    CPU_SET(cpus[i], &wanted);
  }
  if (sched_setaffinity(0, sizeof wanted, &wanted) != 0) return -errno;
  // The kernel leaves out what a cgroup or the machine does not have.
  if (sched_getaffinity(0, sizeof got, &got) != 0) return -errno;
  return CPU_EQUAL(&wanted, &got) ? 0 : -EPERM;
}

void mb_precise_sleep(void) { prctl(PR_SET_TIMERSLACK, 1UL); }

int mb_hold_cpu(int hold) {
  static _Thread_local cpu_set_t before;
  if (!hold) return sched_setaffinity(0, sizeof before, &before) == 0 ? 0 : -errno;
  if (sched_getaffinity(0, sizeof before, &before) != 0) return -errno;
  int cpu = sched_getcpu();
  if (cpu < 0) return -errno;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  return sched_setaffinity(0, sizeof one, &one) == 0 ? 0 : -errno;
}

int64_t mb_process_cpu_ns(void) {
  struct timespec used;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
}

void mb_ignore_sigpipe(void) { signal(SIGPIPE, SIG_IGN); }

static int interrupt_pipe[2] = {-1, -1};
static volatile sig_atomic_t interrupt_signal = 0;

static void note_interrupt(int number) {
  int error = errno;
  char byte = (char)number;
  if (interrupt_signal == 0) interrupt_signal = number;
  // A full pipe says already what this byte would say.
  ssize_t written = write(interrupt_pipe[1], &byte, 1);
  (void)written;
  errno = error;
}

int mb_catch_interrupts(void) {
  if (interrupt_pipe[0] >= 0) return interrupt_pipe[0];
  if (pipe2(interrupt_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return -errno;
  struct sigaction action = {.sa_handler = note_interrupt};
  sigemptyset(&action.sa_mask);
  // No SA_RESTART: a blocking call of the controller ends early and its caller looks.
  if (sigaction(SIGINT, &action, NULL) != 0 || sigaction(SIGTERM, &action, NULL) != 0) return -errno;
  // Whoever started this process may have had them blocked.
  sigset_t caught;
  sigemptyset(&caught);
  sigaddset(&caught, SIGINT);
  sigaddset(&caught, SIGTERM);
  pthread_sigmask(SIG_UNBLOCK, &caught, NULL);
  return interrupt_pipe[0];
}

int mb_caught_interrupt(void) { return interrupt_signal; }

int mb_allowed_cpus(void) {
  // The kernel's set may be larger than glibc's fixed one.
  for (size_t cpus = 1024; cpus <= 65536; cpus *= 2) {
    cpu_set_t *set = CPU_ALLOC(cpus);
    size_t size = CPU_ALLOC_SIZE(cpus);
    if (set == NULL) return 0;
    int result = sched_getaffinity(0, size, set);
    int count = result == 0 ? CPU_COUNT_S(size, set) : 0;
    CPU_FREE(set);
    if (result == 0) return count;
    if (errno != EINVAL) return 0;
  }
  return 0;
}
