#ifndef MB_SOCKET_H
#define MB_SOCKET_H
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// What a call returns as a negative number is -errno. Interrupted calls are begun again, but for mb_poll.

// The most descriptors that one message may carry.
#define MB_MESSAGE_DESCRIPTORS 8

// A connected pair of stream sockets, both closed by exec.
int mb_stream_pair(int ends[2]);

// Sends up to head + body bytes, and the descriptors with the first of them. Never raises SIGPIPE.
// Returns how many bytes were taken (at least one, so the descriptors are then gone too).
ssize_t mb_send(int socket, const void *head, size_t head_size, const void *body, size_t body_size,
                const int *descriptors, int descriptor_count, int nonblocking);

// Receives up to `size` bytes; 0 at the end of the stream. Arrived descriptors (closed by exec) go to
// `descriptors`, which has room for MB_MESSAGE_DESCRIPTORS. With `descriptors` NULL the kernel drops them.
// -EMSGSIZE where more came than fit.
ssize_t mb_receive(int socket, void *bytes, size_t size, int *descriptors, int *descriptor_count,
                   int nonblocking);

// poll(2) with a timeout in nanoseconds; negative waits without end. -EINTR where a signal came.
int mb_poll(struct pollfd *set, size_t count, int64_t timeout_ns);
#endif
