#define _GNU_SOURCE
#include "mb_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

int mb_stream_pair(int ends[2]) {
  return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0 ? 0 : -errno;
}

ssize_t mb_send(int socket, const void *head, size_t head_size, const void *body, size_t body_size,
                const int *descriptors, int descriptor_count, int nonblocking) {
  int flags = MSG_NOSIGNAL | (nonblocking ? MSG_DONTWAIT : 0);
  // One small piece is quicker to copy here than to describe to the kernel as two.
  char joined[1024];
  if (descriptor_count == 0 && head_size + body_size <= sizeof joined) {
    const void *bytes = head;
    if (body_size > 0) {
      memcpy(joined, head, head_size);
      memcpy(joined + head_size, body, body_size);
      bytes = joined;
    }
    for (;;) {
      ssize_t sent = send(socket, bytes, head_size + body_size, flags);
      if (sent >= 0) return sent;
      if (errno != EINTR) return -errno;
    }
  }
  struct iovec parts[2] = {{(void *)head, head_size}, {(void *)body, body_size}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = body_size > 0 ? 2 : 1};
  union {
    char bytes[CMSG_SPACE(sizeof(int) * MB_MESSAGE_DESCRIPTORS)];
    struct cmsghdr alignment;
  } control;
  if (descriptor_count > MB_MESSAGE_DESCRIPTORS) return -EINVAL;
  if (descriptor_count > 0) {
    size_t size = sizeof(int) * (size_t)descriptor_count;
    memset(&control, 0, sizeof control);
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(size);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(header), descriptors, size);
  }
  for (;;) {
    ssize_t sent = sendmsg(socket, &message, flags);
    if (sent >= 0) return sent;
    if (errno != EINTR) return -errno;
  }
}

ssize_t mb_receive(int socket, void *bytes, size_t size, int *descriptors, int *descriptor_count,
                   int nonblocking) {
  int flags = nonblocking ? MSG_DONTWAIT : 0;
  if (descriptors == NULL) {
    for (;;) {
      ssize_t received = recv(socket, bytes, size, flags);
      if (received >= 0) return received;
      if (errno != EINTR) return -errno;
    }
  }
  *descriptor_count = 0;
  struct iovec part = {bytes, size};
  union {
    char bytes[CMSG_SPACE(sizeof(int) * MB_MESSAGE_DESCRIPTORS)];
    struct cmsghdr alignment;
  } control;
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  ssize_t received;
  do {
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    received = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
  } while (received < 0 && errno == EINTR);
  if (received < 0) return -errno;
  if (message.msg_controllen == 0) return received;
  int count = 0;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    size_t arrived = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < arrived; i++) {
      int descriptor;
      memcpy(&descriptor, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
      if (count < MB_MESSAGE_DESCRIPTORS) {
        descriptors[count++] = descriptor;
      } else {
        close(descriptor);
      }
    }
  }
  if (message.msg_flags & MSG_CTRUNC) {
    for (int i = 0; i < count; i++) close(descriptors[i]);
    return -EMSGSIZE;
  }
  *descriptor_count = count;
  return received;
}

int mb_poll(struct pollfd *set, size_t count, int64_t timeout_ns) {
  struct timespec timeout = {timeout_ns / 1000000000, timeout_ns % 1000000000};
  int ready = ppoll(set, count, timeout_ns < 0 ? NULL : &timeout, NULL);
  return ready >= 0 ? ready : -errno;
}
