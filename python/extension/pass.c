/* SPDX-License-Identifier: Apache-2.0 */

/* One pass over a pipeline. It waits without the GIL, and handles signals while it waits. */

#include "core.h"

/* Seconds after which a waiting thread checks for Ctrl-C. */
#define SIGNALS 0.05

typedef struct pass {
    PyObject_HEAD
    colonnade_pass *handle;
    core_pipeline *pipeline;
    uint64_t generation;
    /* The number of items that it returned. */
    long long given;
    bool is_ended;
} pass;

/* The passes that make a sample on this thread: a function that one of them calls may ask another. */
typedef struct turn {
    const pass *pass;
    const struct turn *outer;
} turn;

static _Thread_local const turn *turns;

static bool is_under_way(const pass *self) {
    for (const turn *each = turns; each; each = each->outer)
        if (each->pass == self) return true;
    return false;
}

static PyTypeObject *pass_type;

PyObject *core_pass_begin(core_pipeline *pipeline, int64_t epoch, const char *position) {
    colonnade_error error;
    colonnade_pass *handle;
    Py_BEGIN_ALLOW_THREADS
    handle = colonnade_begin_unpadded(pipeline->handle, epoch, position, &error);
    Py_END_ALLOW_THREADS
    if (!handle) return core_raise(&error);
    pass *self = PyObject_New(pass, pass_type);
    if (!self) {
        colonnade_release(handle);
        return NULL;
    }
    self->handle = handle;
    self->pipeline = (core_pipeline *)Py_NewRef((PyObject *)pipeline);
    self->generation = core_generation();
    self->given = 0;
    self->is_ended = false;
    return (PyObject *)self;
}

static void dealloc(PyObject *object) {
    pass *self = (pass *)object;
    PyTypeObject *type = Py_TYPE(object);
    /* In a forked child the threads that hold its locks are missing, so a pass of the parent is never released. */
    if (self->generation == core_generation()) {
        Py_BEGIN_ALLOW_THREADS
        colonnade_release(self->handle);
        Py_END_ALLOW_THREADS
        Py_DECREF((PyObject *)self->pipeline);
    }
    PyObject_Free(self);
    Py_DECREF(type);
}

static int check_process(const pass *self) {
    if (self->generation == core_generation()) return 0;
    PyErr_SetString(
        PyExc_RuntimeError, "this pass was begun before the process forked, and its threads are in the parent: begin another one in "
                            "the child, or start processes with \"spawn\"");
    return -1;
}

/* Reads the next item: without the GIL, unless it is ready. */
static int32_t read_next(const pass *self, colonnade_tensor *tensors, colonnade_error *error) {
    int32_t code = colonnade_next_if_ready(self->handle, tensors, error);
    if (code != 2) return code;
    const turn current = {self, turns};
    turns = &current;
    do {
        Py_BEGIN_ALLOW_THREADS
        code = colonnade_next_within(self->handle, SIGNALS, tensors, error);
        Py_END_ALLOW_THREADS
        /* The core also asks within a large batch; then the exception of the handler is already set. */
    } while (code == 2 && !PyErr_Occurred() && PyErr_CheckSignals() == 0);
    turns = current.outer;
    return code;
}

static PyObject *next(PyObject *object, PyObject *nothing) {
    (void)nothing;
    pass *self = (pass *)object;
    if (check_process(self) < 0) return NULL;
    if (is_under_way(self)) {
        PyErr_SetString(
            core_error_class(COLONNADE_INVALID_ARGUMENT),
            "a function of this stream asks the stream itself for its next sample, which would wait for that function: give the "
            "function a stream of its own");
        return NULL;
    }
    colonnade_tensor few[CORE_FEW_FIELDS];
    size_t count = self->pipeline->count;
    colonnade_tensor *tensors = count > CORE_FEW_FIELDS ? PyMem_Malloc(count * sizeof *tensors) : few;
    if (!tensors) return PyErr_NoMemory();
    colonnade_error error;
    int32_t code = read_next(self, tensors, &error);
    PyObject *sample = NULL;
    if (code == 1) {
        long long index = self->given++;
        sample = core_sample(tensors, self->pipeline);
        if (!sample && PyErr_ExceptionMatches(core_error_class(COLONNADE_INVALID_ARGUMENT)))
            core_reword("item %lld of this pass", index);
    }
    if (code == 0 && self->is_ended)
        PyErr_SetString(
            core_error_class(COLONNADE_INVALID_ARGUMENT),
            "this stream was reset, or another one of the same source was pulled, by a function or a thread while it made its next "
            "sample: give each a stream of its own");
    else if (code == 0) PyErr_SetNone(PyExc_StopIteration);
    else if (code < 0) core_raise(&error);
    if (tensors != few) PyMem_Free(tensors);
    return sample;
}

static PyObject *iternext(PyObject *self) { return next(self, NULL); }

static PyObject *position(PyObject *object, PyObject *nothing) {
    (void)nothing;
    pass *self = (pass *)object;
    if (check_process(self) < 0) return NULL;
    colonnade_error error;
    char *text = colonnade_position(self->handle, &error);
    if (!text) return core_raise(&error);
    PyObject *made = PyUnicode_FromString(text);
    colonnade_free(text);
    return made;
}

static PyObject *statistics(PyObject *object, PyObject *nothing) {
    (void)nothing;
    pass *self = (pass *)object;
    if (check_process(self) < 0) return NULL;
    colonnade_pass_statistics found = {.size = sizeof found};
    char *report = NULL;
    colonnade_get_statistics(self->handle, &found, &report);
    PyObject *made = Py_BuildValue(
        "{sLsdsLsdsLsLss}", "items", (long long)found.items, "seconds", found.seconds, "waits", (long long)found.waits,
        "waited_seconds", found.waited_seconds, "depth", (long long)found.depth, "threads", (long long)found.threads, "report",
        report ? report : "");
    colonnade_free(report);
    return made;
}

static PyObject *end(PyObject *object, PyObject *nothing) {
    (void)nothing;
    pass *self = (pass *)object;
    self->is_ended = true;
    if (self->generation == core_generation()) colonnade_stop(self->handle);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"next", next, METH_NOARGS, "The next sample or batch; StopIteration at the end."},
    {"position", position, METH_NOARGS, "The position, as a text from which another process can resume."},
    {"statistics", statistics, METH_NOARGS, "The time of each step."},
    {"end", end, METH_NOARGS, "Stops its threads; next returns no more items."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_dealloc, (void *)dealloc},
    {Py_tp_iter, (void *)PyObject_SelfIter},
    {Py_tp_iternext, (void *)iternext},
    {Py_tp_methods, methods},
    {Py_tp_doc, (void *)"One pass over a pipeline. Its threads stop when it is released."},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "colonnade._core.Pass",
    .basicsize = sizeof(pass),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = slots,
};

int core_pass_init(PyObject *module) {
    pass_type = (PyTypeObject *)PyType_FromSpec(&spec);
    if (!pass_type) return -1;
    return PyModule_AddObjectRef(module, "Pass", (PyObject *)pass_type);
}
