#ifndef MB_PROCESS_H
#define MB_PROCESS_H
#include <stdint.h>
#include <sys/types.h>

// The descriptor under which a spawned worker finds its end of the channel.
#define MB_CHANNEL_DESCRIPTOR 3

// A pipe, both ends closed by exec, the read end nonblocking. 0 or -errno.
int mb_output_pipe(int ends[2]);

// Starts `path` with nothing open but stdin (/dev/null), stdout and stderr (both `output`) and
// MB_CHANNEL_DESCRIPTOR (`channel`), SIGINT and SIGTERM blocked and every other signal as by default.
// 0 or -errno.
int mb_spawn(const char *path, char *const arguments[], char *const environment[], int channel, int output,
             pid_t *process);

// Reaps `process`. Returns 1 and its exit code or signal (the other one is -1), 0 where it still runs
// (only with `nonblocking`), -errno where it is no child.
int mb_reap(pid_t process, int nonblocking, int *exit_code, int *signal);

// First thing in a worker: die with the thread that started it, leave SIGINT, SIGTERM and SIGPIPE to the
// controller, dump no core. -1 where `controller` is not the parent (any more).
int mb_enter_worker(pid_t controller);

// Sets RLIMIT_DATA: the private writable memory of this process. 0 or -errno.
int mb_limit_data(int64_t bytes);

// Binds this thread to those of the CPUs on which it may run (to none where that leaves none) and prefers
// the memory of `node`, where it is not negative and the system allows it. 0 or -errno.
int mb_bind(const int32_t *cpus, int count, int node);

// Binds this thread to exactly these CPUs; -EINVAL where none of them is there, -EPERM where one is not allowed.
int mb_bind_exactly(const int32_t *cpus, int count);

// Lets this thread's sleeps end as exactly as the kernel can (PR_SET_TIMERSLACK).
void mb_precise_sleep(void);

// Keeps this thread, and what it starts from now on, on the CPU on which it runs; or, with 0, lets it go
// again where it might before. 0 or -errno.
int mb_hold_cpu(int hold);

// CPU time of this process, all threads, user and system.
int64_t mb_process_cpu_ns(void);

// Asks for SIGTERM when the parent dies, which also a program that this process becomes will get.
void mb_die_with_parent(void);

// Ignores SIGPIPE in this process.
void mb_ignore_sigpipe(void);

// Catches SIGINT and SIGTERM from now on: the signal's number is written to a pipe, whose read end is
// returned (nonblocking; the same one at every call), or -errno.
int mb_catch_interrupts(void);

// The first SIGINT or SIGTERM that was caught, or 0.
int mb_caught_interrupt(void);

// How many processors this thread may run on; 0 where the kernel does not say.
int mb_allowed_cpus(void);
#endif
