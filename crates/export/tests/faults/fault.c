/* Makes writes and syncs of one file fail, below SQLite: loaded into a test's process by LD_PRELOAD.
 *
 * FAULT_PATH   the end of the names of the files that are meant
 * FAULT_KIND   eio, enospc: writes fail; short: writes half, then fails with ENOSPC; sync: fsync and fdatasync fail with EIO
 * FAULT_AFTER  so many calls go well first
 * FAULT_COUNT  so many calls fail then; afterwards all go well
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long calls;

static int is_meant(int fd) {
    char link[64], name[4096];
    const char *path = getenv("FAULT_PATH");
    if (!path) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, name, sizeof name - 1);
    if (length < 0) return 0;
    name[length] = 0;
    size_t end = strlen(path);
    if ((size_t)length < end) return 0;
    if (!strcmp(name + length - end, path)) return 1;
    /* The log belongs to the file. */
    return length > 4 && !strcmp(name + length - 4, "-wal") && (size_t)length >= end + 4 &&
           !strncmp(name + length - 4 - end, path, end);
}

static int is_kind(const char *kind) {
    const char *wanted = getenv("FAULT_KIND");
    return wanted && !strcmp(wanted, kind);
}

/* Whether this call, one of those that count, is to fail. */
static int fails(void) {
    long after = atol(getenv("FAULT_AFTER") ? getenv("FAULT_AFTER") : "0");
    long count = atol(getenv("FAULT_COUNT") ? getenv("FAULT_COUNT") : "1");
    long call = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
    return call > after && call <= after + count;
}

/* Returns how much of a write is to be done: all of it, half, or nothing (-1). */
static ssize_t allowed(int fd, size_t size) {
    if (is_kind("sync") || !is_meant(fd) || !fails()) return (ssize_t)size;
    if (is_kind("short") && size > 1 && calls % 2) return (ssize_t)(size / 2);
    errno = is_kind("eio") ? EIO : ENOSPC;
    return -1;
}

ssize_t write(int fd, const void *bytes, size_t size) {
    static ssize_t (*next)(int, const void *, size_t);
    if (!next) next = dlsym(RTLD_NEXT, "write");
    ssize_t part = allowed(fd, size);
    return part < 0 ? -1 : next(fd, bytes, (size_t)part);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) {
    static ssize_t (*next)(int, const void *, size_t, off_t);
    if (!next) next = dlsym(RTLD_NEXT, "pwrite");
    ssize_t part = allowed(fd, size);
    return part < 0 ? -1 : next(fd, bytes, (size_t)part, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at) {
    static ssize_t (*next)(int, const void *, size_t, off64_t);
    if (!next) next = dlsym(RTLD_NEXT, "pwrite64");
    ssize_t part = allowed(fd, size);
    return part < 0 ? -1 : next(fd, bytes, (size_t)part, at);
}

int fsync(int fd) {
    static int (*next)(int);
    if (!next) next = dlsym(RTLD_NEXT, "fsync");
    if (is_kind("sync") && is_meant(fd) && fails()) { errno = EIO; return -1; }
    return next(fd);
}

int fdatasync(int fd) {
    static int (*next)(int);
    if (!next) next = dlsym(RTLD_NEXT, "fdatasync");
    if (is_kind("sync") && is_meant(fd) && fails()) { errno = EIO; return -1; }
    return next(fd);
}
