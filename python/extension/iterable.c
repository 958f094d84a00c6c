/* SPDX-License-Identifier: Apache-2.0 */

/* Streams of the samples of a Python iterable. The samples that were read to find the keys come first. */

#include "core.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct source {
    PyObject *factory, *convert;
    /* The iterable in use, and the samples that were read from it and not returned yet. */
    PyObject *iterator;
    bool is_begun;
    /* Whether a thread is in the iterable: a generator cannot be entered twice. */
    bool is_pulling;
    PyObject *looked_at;
    PyObject *keys;
    /* The declared kind of each value, from the first sample. */
    core_promise *promises;
} source;

typedef struct reader {
    source *source;
    /* The number of samples that a pass for first samples has read. */
    Py_ssize_t seen;
    bool is_looking;
    PyObject *iterator;
} reader;

/* Set while a thread reads only first samples. */
static _Thread_local bool is_looking;

void core_look(bool value) { is_looking = value; }

PyObject *core_factory(void *context) { return ((source *)context)->factory; }

static PyObject *open(PyObject *factory) {
    PyObject *iterable = PyObject_CallNoArgs(factory);
    PyObject *iterator = iterable ? PyObject_GetIter(iterable) : NULL;
    Py_XDECREF(iterable);
    return iterator;
}

static void release(void *context) {
    source *self = context;
    PyGILState_STATE state;
    if (!self || !core_enter(&state)) return;
    Py_XDECREF(self->factory);
    Py_XDECREF(self->convert);
    Py_XDECREF(self->iterator);
    Py_XDECREF(self->looked_at);
    Py_XDECREF(self->keys);
    PyMem_Free(self->promises);
    free(self);
    core_leave(state);
}

static void *begin(void *context, int64_t epoch, colonnade_error *error) {
    (void)epoch;
    source *self = context;
    PyGILState_STATE state;
    if (!core_enter(&state)) return NULL;
    reader *pass = calloc(1, sizeof *pass);
    if (pass) {
        pass->source = self;
        pass->is_looking = is_looking;
        /* The first pass reads the iterable that was made first. Each later pass makes a new one: it may resume the same epoch at a
         * position, and then skips the samples before it. */
        bool is_new = !is_looking && self->is_begun;
        if (is_new) {
            Py_CLEAR(self->iterator);
            PyList_SetSlice(self->looked_at, 0, PyList_Size(self->looked_at), NULL);
            self->iterator = open(self->factory);
        }
        if (!is_looking) self->is_begun = true;
        if (self->iterator) {
            pass->iterator = Py_NewRef(self->iterator);
        } else {
            core_store_exception(error, -1);
            free(pass);
            pass = NULL;
        }
    }
    core_leave(state);
    return pass;
}

static void end(void *context) {
    reader *pass = context;
    PyGILState_STATE state;
    if (!pass || !core_enter(&state)) return;
    Py_XDECREF(pass->iterator);
    free(pass);
    core_leave(state);
}

static PyObject *pull_iterator(reader *pass) {
    source *self = pass->source;
    bool is_shared = pass->iterator == self->iterator;
    while (is_shared && self->is_pulling) {
        if (pass->is_looking) return NULL; /* another pass reads it, so the keys cannot be read now */
        struct timespec moment = {.tv_nsec = 200000};
        Py_BEGIN_ALLOW_THREADS
        nanosleep(&moment, NULL);
        Py_END_ALLOW_THREADS
    }
    if (is_shared) self->is_pulling = true;
    PyObject *sample = PyIter_Next(pass->iterator);
    if (is_shared) self->is_pulling = false;
    return sample;
}

/* Returns the next dict as a new reference; NULL at the end, or with an exception. */
static PyObject *pull(reader *pass) {
    source *self = pass->source;
    if (pass->is_looking) {
        if (pass->seen == PyList_Size(self->looked_at)) {
            PyObject *sample = pull_iterator(pass);
            int code = sample ? PyList_Append(self->looked_at, sample) : -1;
            Py_XDECREF(sample);
            if (code < 0) return NULL;
        }
        return Py_NewRef(PyList_GetItem(self->looked_at, pass->seen++));
    }
    if (PyList_Size(self->looked_at) > 0 && pass->iterator == self->iterator) {
        PyObject *sample = Py_NewRef(PyList_GetItem(self->looked_at, 0));
        PyList_SetSlice(self->looked_at, 0, 1, NULL);
        return sample;
    }
    return pull_iterator(pass);
}

static int put(source *self, PyObject *sample, colonnade_results *results, colonnade_error *error) {
    Py_ssize_t count = PyTuple_Size(self->keys);
    if (!PyDict_Check(sample)) {
        PyErr_Format(PyExc_TypeError, "the iterable yielded %R, not a dict", (PyObject *)Py_TYPE(sample));
    } else if (PyDict_Size(sample) != count) {
        PyObject *keys = PyDict_Keys(sample);
        PyErr_Format(core_error_class(COLONNADE_INVALID_ARGUMENT), "the iterable yielded the keys %R, but %R in the first sample: all samples need the same keys", keys, self->keys);
        Py_XDECREF(keys);
    }
    if (PyErr_Occurred()) {
        core_store_exception(error, -1);
        return -1;
    }
    for (Py_ssize_t index = 0; index < count; index++) {
        PyObject *key = PyTuple_GetItem(self->keys, index);
        PyObject *value = PyDict_GetItemWithError(sample, key);
        if (!value) {
            if (!PyErr_Occurred()) PyErr_Format(core_error_class(COLONNADE_INVALID_ARGUMENT), "a sample of the iterable has no key %R, which the first sample has", key);
            core_store_exception(error, -1);
            return -1;
        }
        if (core_put(results, 0, (size_t)index, &self->promises[index], value, self->convert, key, error) < 0) return -1;
    }
    return 0;
}

static int32_t next(void *context, colonnade_results *results, colonnade_error *error) {
    reader *pass = context;
    PyGILState_STATE state;
    if (!core_enter(&state)) return 0;
    PyObject *sample = pull(pass);
    int32_t code = 1;
    if (sample && PyDict_Check(sample) && PyDict_Size(sample) == 0) {
        code = 0; /* an empty dict ends one iteration, as in MLX Data */
    } else if (sample) {
        code = put(pass->source, sample, results, error) < 0 ? -1 : 1;
    } else if (PyErr_Occurred()) {
        core_store_exception(error, -1);
        code = -1;
    } else {
        code = 0;
    }
    Py_XDECREF(sample);
    core_leave(state);
    return code;
}

/* Sets the fields of the first sample: every dimension may vary. */
static int learn(source *self, colonnade_field **fields, Py_ssize_t *count) {
    reader look = {.source = self, .is_looking = true, .iterator = self->iterator};
    PyObject *sample = pull(&look);
    if (PyErr_Occurred()) return -1;
    int code = 0;
    if (!sample) {
        /* The iterable is empty, so samples have no keys. */
        self->keys = PyTuple_New(0);
        code = self->keys ? 0 : -1;
    } else if (PyDict_Check(sample)) {
        code = core_fields_of(sample, self->convert, &self->keys, fields, &self->promises);
        *count = PyDict_Size(sample);
        while (code >= 0 && (code = core_settle(sample, self->convert, self->keys, *fields, self->promises)) == 1) {
            PyObject *other = look.seen < CORE_PROBED ? pull(&look) : NULL;
            if (!other || !PyDict_Check(other)) {
                Py_XDECREF(other);
                code = PyErr_Occurred() ? -1 : 0;
                break;
            }
            Py_DECREF(sample);
            sample = other;
        }
    } else {
        PyErr_Format(PyExc_TypeError, "the iterable yielded %R, not a dict", (PyObject *)Py_TYPE(sample));
        code = -1;
    }
    Py_XDECREF(sample);
    return code;
}

PyObject *core_iterable(PyObject *module, PyObject *arguments) {
    (void)module;
    PyObject *factory, *convert;
    if (!PyArg_ParseTuple(arguments, "OO", &factory, &convert)) return NULL;
    if (!PyCallable_Check(factory)) {
        PyErr_Format(PyExc_TypeError, "expected a function that returns an iterable, not %R", (PyObject *)Py_TYPE(factory));
        return NULL;
    }
    source *self = calloc(1, sizeof *self);
    if (!self) return PyErr_NoMemory();
    self->factory = Py_NewRef(factory);
    self->convert = Py_NewRef(convert);
    self->looked_at = PyList_New(0);
    self->iterator = open(factory);
    colonnade_field *fields = NULL;
    Py_ssize_t count = 0;
    PyObject *made = NULL;
    if (self->iterator && self->looked_at && learn(self, &fields, &count) == 0) {
        colonnade_source functions = {.context = self, .begin = begin, .next = next, .end = end, .release = release};
        colonnade_error error;
        colonnade_pipeline *handle = colonnade_from_source(&functions, fields, (size_t)count, "a Python iterable", &error);
        made = core_pipeline_make(handle, &error);
    } else {
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        release(self);
        PyErr_Restore(type, value, traceback);
    }
    PyMem_Free(fields);
    return made;
}
