/* Preloaded into a process: lets the n-th call that changes a file below one folder fail, once or from then on.
 * Python arms it with fault_arm() and asks with fault_calls() and fault_last(). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char folder[PATH_MAX];
static long calls, wanted;
static int error, lasting;
static const char *last = "";

void fault_arm(const char *below, long nth, int number, int for_good) {
    strncpy(folder, below, sizeof folder - 1);
    calls = 0, wanted = nth, error = number, lasting = for_good, last = "";
}
long fault_calls(void) { return calls; }
const char *fault_last(void) { return last; }

static int fails(int fd, const char *name) {
    char link[64], path[PATH_MAX];
    if (!folder[0]) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int saved = errno;
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = saved;
    if (length < 0) return 0;
    path[length] = 0;
    if (strncmp(path, folder, strlen(folder))) return 0;
    calls++;
    if (!wanted || calls < wanted || (calls > wanted && !lasting)) return 0;
    last = name;
    errno = error;
    return 1;
}

#define WRAP(type, name, parameters, ...) \
    type name parameters { \
        static type(*real) parameters; \
        if (!real) real = (type(*) parameters)dlsym(RTLD_NEXT, #name); \
        return fails(fd, #name) ? -1 : real(__VA_ARGS__); \
    }

WRAP(ssize_t, write, (int fd, const void *b, size_t n), fd, b, n)
WRAP(ssize_t, pwrite, (int fd, const void *b, size_t n, off_t o), fd, b, n, o)
WRAP(ssize_t, pwrite64, (int fd, const void *b, size_t n, off64_t o), fd, b, n, o)
WRAP(int, fsync, (int fd), fd)
WRAP(int, fdatasync, (int fd), fd)
WRAP(int, ftruncate, (int fd, off_t n), fd, n)
WRAP(int, ftruncate64, (int fd, off64_t n), fd, n)
