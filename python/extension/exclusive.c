/* SPDX-License-Identifier: Apache-2.0 */

/* A context manager for one caller at a time. It is written in C, since a signal handler cannot run between taking it and
 * entering the `with` body: a lock in Python would stay locked. */

#include "core.h"

typedef struct exclusive {
    PyObject_HEAD
    bool is_taken;
} exclusive;

static void dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyObject *enter(PyObject *object, PyObject *nothing) {
    (void)nothing;
    exclusive *self = (exclusive *)object;
    if (self->is_taken) {
        PyErr_SetString(
            core_error_class(COLONNADE_INVALID_ARGUMENT),
            "the writer is in use by another thread, or by a call that has not ended: add rows from one thread at a time");
        return NULL;
    }
    self->is_taken = true;
    return Py_NewRef(object);
}

static PyObject *leave(PyObject *object, PyObject *arguments) {
    (void)arguments;
    ((exclusive *)object)->is_taken = false;
    Py_RETURN_FALSE;
}

static PyMethodDef methods[] = {
    {"__enter__", enter, METH_NOARGS, "Takes it; raises an error if it is taken."},
    {"__exit__", leave, METH_VARARGS, "Releases it."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, (void *)PyType_GenericNew},
    {Py_tp_dealloc, (void *)dealloc},
    {Py_tp_methods, methods},
    {Py_tp_doc, (void *)"A context manager for one caller at a time."},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "colonnade._core.Exclusive",
    .basicsize = sizeof(exclusive),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = slots,
};

int core_exclusive_init(PyObject *module) {
    PyObject *type = PyType_FromSpec(&spec);
    if (!type) return -1;
    int code = PyModule_AddObjectRef(module, "Exclusive", type);
    Py_DECREF(type);
    return code;
}
