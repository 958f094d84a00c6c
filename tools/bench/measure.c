// SPDX-License-Identifier: Apache-2.0
// Runs a program and writes its time and peak resident memory as JSON to a file.
//
//     measure REPORT PROGRAM [ARGUMENT…]
//
// This program exists because it needs little memory itself. Linux includes the memory of a process before exec in the
// peak of its child, so a program that a Python interpreter starts seems to need at least the memory of the
// interpreter.

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

int main(int count, char **arguments) {
    if (count < 3) {
        fprintf(stderr, "usage: measure REPORT PROGRAM [ARGUMENT...]\n");
        return 64;
    }
    double start = now();
    pid_t child = fork();
    if (child < 0) {
        perror("measure: fork");
        return 71;
    }
    if (child == 0) {
        execvp(arguments[2], arguments + 2);
        fprintf(stderr, "measure: %s: %s\n", arguments[2], strerror(errno));
        _exit(127);
    }
    int status;
    struct rusage usage;
    while (wait4(child, &status, 0, &usage) < 0) {
        if (errno != EINTR) {
            perror("measure: wait4");
            return 71;
        }
    }
    double seconds = now() - start;
#ifdef __APPLE__
    long long peak = usage.ru_maxrss;
#else
    long long peak = (long long)usage.ru_maxrss * 1024;
#endif
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    const char form[] = "{\"seconds\": %.6f, \"peak_resident_bytes\": %lld, \"status\": %d}\n";
    FILE *report = fopen(arguments[1], "w");
    if (report == NULL || fprintf(report, form, seconds, peak, code) < 0 || fclose(report) != 0) {
        fprintf(stderr, "measure: %s: %s\n", arguments[1], strerror(errno));
        return 74;
    }
    return code;
}
