// A bare ping-pong over a socketpair with a child process: what the kernel asks for a function call, and the
// measure of `marvel-bench bench platform`. Samples go to stdout as native 64-bit nanoseconds.
//
//   pingpong-reference warm CHILDREN CALLS REQUEST_BYTES REPLY_BYTES
//     One child: a sample a round trip. More: one sample, the time of all calls, dealt by a poll loop.
//   pingpong-reference cold STARTS REQUEST_BYTES REPLY_BYTES
//     A sample a start: from before the socketpair and posix_spawn of this program to its first reply.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { child_socket = 3, most_children = 64, most_bytes = 1 << 16 };

static char bytes[most_bytes];

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void fail(const char *what) {
  fprintf(stderr, "pingpong-reference: %s: %s\n", what, strerror(errno));
  exit(1);
}

// Returns 0 at the end of the stream.
static int receive_all(int socket, size_t size) {
  for (size_t received = 0; received < size;) {
    ssize_t count = recv(socket, bytes + received, size - received, 0);
    if (count == 0) return 0;
    if (count < 0 && errno != EINTR) fail("recv");
    if (count > 0) received += (size_t)count;
  }
  return 1;
}

static void send_all(int socket, size_t size) {
  for (size_t sent = 0; sent < size;) {
    ssize_t count = send(socket, bytes + sent, size - sent, MSG_NOSIGNAL);
    if (count < 0 && errno != EINTR) fail("send");
    if (count > 0) sent += (size_t)count;
  }
}

static int child(size_t request, size_t reply) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  while (receive_all(child_socket, request)) send_all(child_socket, reply);
  _exit(0);
}

static pid_t start_child(char *request, char *reply, int *socket) {
  extern char **environ;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) fail("socketpair");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], child_socket);
  char *arguments[] = {"pingpong-reference", "child", request, reply, NULL};
  pid_t process;
  errno = posix_spawn(&process, "/proc/self/exe", &actions, NULL, arguments, environ);
  if (errno != 0) fail("posix_spawn");
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  *socket = ends[0];
  return process;
}

static void write_samples(const int64_t *samples, size_t count) {
  if (fwrite(samples, sizeof *samples, count, stdout) != count || fflush(stdout) != 0) fail("write");
}

static void warm_one(int socket, size_t calls, size_t request, size_t reply) {
  int64_t *samples = malloc(calls * sizeof *samples);
  if (samples == NULL) fail("malloc");
  int64_t before = now();
  for (size_t call = 0; call < calls; call++) {
    send_all(socket, request);
    if (!receive_all(socket, reply)) fail("child");
    int64_t after = now();
    samples[call] = after - before;
    before = after;
  }
  write_samples(samples, calls);
  free(samples);
}

static void warm_many(const int *sockets, size_t children, size_t calls, size_t request, size_t reply) {
  struct pollfd set[most_children];
  size_t started = 0, done = 0;
  int64_t begin = now();
  for (size_t i = 0; i < children; i++) {
    set[i] = (struct pollfd){.fd = sockets[i], .events = POLLIN};
    if (started < calls) {
      send_all(sockets[i], request);
      started++;
    }
  }
  while (done < calls) {
    if (poll(set, children, -1) < 0) fail("poll");
    for (size_t i = 0; i < children; i++) {
      if (set[i].revents == 0) continue;
      if (!receive_all(sockets[i], reply)) fail("child");
      done++;
      if (started < calls) {
        send_all(sockets[i], request);
        started++;
      }
    }
  }
  int64_t sample = now() - begin;
  write_samples(&sample, 1);
}

int main(int count, char **words) {
  if (count == 4 && strcmp(words[1], "child") == 0) {
    return child((size_t)atol(words[2]), (size_t)atol(words[3]));
  }
  int is_warm = count == 6 && strcmp(words[1], "warm") == 0;
  int is_cold = count == 5 && strcmp(words[1], "cold") == 0;
  if (!is_warm && !is_cold) {
    fputs("usage: pingpong-reference warm CHILDREN CALLS REQUEST_BYTES REPLY_BYTES\n"
          "       pingpong-reference cold STARTS REQUEST_BYTES REPLY_BYTES\n", stderr);
    return 64;
  }
  char *request_text = words[count - 2], *reply_text = words[count - 1];
  long request = atol(request_text), reply = atol(reply_text), times = atol(words[count - 3]);
  long children = is_warm ? atol(words[2]) : 1;
  if (request < 1 || request > most_bytes || reply < 1 || reply > most_bytes || times < 1 || children < 1 ||
      children > most_children) {
    fputs("pingpong-reference: a number is out of range\n", stderr);
    return 64;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);

  if (is_cold) {
    for (long i = 0; i < times; i++) {
      int socket;
      int64_t before = now();
      pid_t process = start_child(request_text, reply_text, &socket);
      send_all(socket, (size_t)request);
      if (!receive_all(socket, (size_t)reply)) fail("child");
      int64_t sample = now() - before;
      close(socket);
      waitpid(process, NULL, 0);
      write_samples(&sample, 1);
    }
    return 0;
  }

  int sockets[most_children];
  pid_t processes[most_children];
  for (long i = 0; i < children; i++) {
    processes[i] = start_child(request_text, reply_text, &sockets[i]);
    // Ready, its pages touched, before the clock starts.
    for (int call = 0; call < 100; call++) {
      send_all(sockets[i], (size_t)request);
      if (!receive_all(sockets[i], (size_t)reply)) fail("child");
    }
  }
  if (children == 1) {
    warm_one(sockets[0], (size_t)times, (size_t)request, (size_t)reply);
  } else {
    warm_many(sockets, (size_t)children, (size_t)times, (size_t)request, (size_t)reply);
  }
  for (long i = 0; i < children; i++) {
    close(sockets[i]);
    waitpid(processes[i], NULL, 0);
  }
  return 0;
}
