// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "colonnade_kernels.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>
#if defined(__APPLE__)
#include <crt_externs.h>
#include <mach-o/dyld.h>
#define environ (*_NSGetEnviron())
#else
extern char **environ;
#endif
#if defined(__linux__)
#include <signal.h>
#include <sys/prctl.h>
#endif

void colonnade_end_with_parent(void) {
#if defined(__linux__)
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
}

int colonnade_start_again(char *const *arguments, int *process) {
#if defined(__APPLE__)
    char path[4096];
    uint32_t size = sizeof path;
    if (_NSGetExecutablePath(path, &size) != 0) return ENAMETOOLONG;
#else
    const char *path = "/proc/self/exe";
#endif
    posix_spawn_file_actions_t actions;
    int code = posix_spawn_file_actions_init(&actions);
    if (code != 0) return code;
    code = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t number = 0;
    if (code == 0) code = posix_spawn(&number, path, &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    *process = (int)number;
    return code;
}
