/* SPDX-License-Identifier: Apache-2.0 */

/* Threads of the core, forks, and the end of the interpreter. */

#include "core.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

static atomic_bool is_usable = true;
static atomic_long inside;
static atomic_ullong generation;

bool core_enter(PyGILState_STATE *state) {
    atomic_fetch_add(&inside, 1);
    if (!atomic_load(&is_usable)) {
        atomic_fetch_sub(&inside, 1);
        return false;
    }
    *state = PyGILState_Ensure();
    return true;
}

void core_leave(PyGILState_STATE state) {
    PyGILState_Release(state);
    atomic_fetch_sub(&inside, 1);
}

void core_drop(void *object) {
    PyGILState_STATE state;
    if (!object || !core_enter(&state)) return;
    Py_DECREF((PyObject *)object);
    core_leave(state);
}

uint64_t core_generation(void) { return atomic_load(&generation); }

/* The thread that runs signal handlers: the main thread of the interpreter, and in a child the thread that forked. */
static pthread_t main_thread;
static bool has_main_thread;

static void after_fork(void) {
    atomic_fetch_add(&generation, 1);
    atomic_store(&inside, 0);
    main_thread = pthread_self();
    has_main_thread = true;
}

static int find_main_thread(void) {
    PyObject *threading = PyImport_ImportModule("threading");
    PyObject *thread = threading ? PyObject_CallMethod(threading, "main_thread", NULL) : NULL;
    PyObject *number = thread ? PyObject_GetAttrString(thread, "ident") : NULL;
    /* Python's identifier is that of pthreads. */
    unsigned long found = number && number != Py_None ? PyLong_AsUnsignedLong(number) : 0;
    main_thread = (pthread_t)found;
    has_main_thread = found != 0 && !PyErr_Occurred();
    Py_XDECREF(number);
    Py_XDECREF(thread);
    Py_XDECREF(threading);
    return PyErr_Occurred() ? -1 : 0;
}

/* Runs signal handlers on the main thread. Other threads return without waiting for the GIL. The exception of a handler stays set,
 * and `core_raise` finds it. */
static int32_t should_stop(void) {
    if (has_main_thread && !pthread_equal(pthread_self(), main_thread)) return 0;
    PyGILState_STATE state;
    if (!core_enter(&state)) return 0;
    bool is_raised = PyErr_Occurred() || PyErr_CheckSignals() < 0;
    core_leave(state);
    return is_raised;
}

/* Called before the interpreter ends: after it no thread of the core may enter the interpreter. Waits briefly for running functions
 * to return, and abandons the others. */
static PyObject *shut_down(PyObject *self, PyObject *nothing) {
    (void)self, (void)nothing;
    atomic_store(&is_usable, false);
    Py_BEGIN_ALLOW_THREADS
    for (int waited = 0; atomic_load(&inside) > 0 && waited < 200; waited++) {
        struct timespec moment = {.tv_nsec = 1000000};
        nanosleep(&moment, NULL);
    }
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyMethodDef shut_down_method = {"_shut_down", shut_down, METH_NOARGS, NULL};

int core_threads_init(void) {
    static bool is_registered;
    if (!is_registered && pthread_atfork(NULL, NULL, after_fork) != 0) {
        PyErr_SetString(PyExc_ImportError, "cannot register a handler for forks");
        return -1;
    }
    if (!is_registered) colonnade_ask_while_waiting(should_stop);
    is_registered = true;
    if (find_main_thread() < 0) return -1;
    PyObject *atexit = PyImport_ImportModule("atexit");
    PyObject *function = PyCFunction_New(&shut_down_method, NULL);
    PyObject *done = atexit && function ? PyObject_CallMethod(atexit, "register", "O", function) : NULL;
    Py_XDECREF(atexit);
    Py_XDECREF(function);
    Py_XDECREF(done);
    return done ? 0 : -1;
}
