/* SPDX-License-Identifier: Apache-2.0 */

/* The objects of NumPy that the extension uses, looked up at import. */

#include "core.h"

#include <string.h>

static const char *const names[] = {NULL,    "uint8", "int8",    "uint16",   "int16",   "uint32",  "int32",
                                    "uint64", "int64", "float16", "bfloat16", "float32", "float64", "bool"};
enum { DTYPES = sizeof names / sizeof *names };

PyObject *core_ndarray, *core_generic, *core_object_dtype;
static PyObject *dtypes[DTYPES];

static PyObject *make_dtype(const char *name) {
    PyObject *numpy = PyImport_ImportModule("numpy");
    if (!numpy) return NULL;
    PyObject *dtype = PyObject_CallMethod(numpy, "dtype", "s", name);
    Py_DECREF(numpy);
    return dtype;
}

PyObject *core_dtype(int32_t number) {
    if (number <= 0 || number >= DTYPES) {
        PyErr_Format(PyExc_SystemError, "%d is not the number of a data type", (int)number);
        return NULL;
    }
    if (dtypes[number]) return dtypes[number];
    /* Looks up bfloat16 at its first use. */
    PyObject *module = PyImport_ImportModule("ml_dtypes");
    PyObject *scalar = module ? PyObject_GetAttrString(module, "bfloat16") : NULL;
    PyObject *numpy = scalar ? PyImport_ImportModule("numpy") : NULL;
    if (numpy) dtypes[number] = PyObject_CallMethod(numpy, "dtype", "O", scalar);
    if (!module) {
        PyErr_Clear();
        PyErr_SetString(PyExc_TypeError, "NumPy alone has no bfloat16: install ml_dtypes, or cast to float32 first");
    }
    Py_XDECREF(numpy);
    Py_XDECREF(scalar);
    Py_XDECREF(module);
    return dtypes[number];
}

const char *core_dtype_name(int32_t number) { return number > 0 && number < DTYPES ? names[number] : "unknown"; }

int32_t core_dtype_number(PyObject *name) {
    const char *text = PyUnicode_AsUTF8AndSize(name, NULL);
    if (!text) return -1;
    for (int32_t number = 1; number < DTYPES; number++)
        if (strcmp(text, names[number]) == 0) return number;
    PyErr_Format(PyExc_ValueError, "%R is not a data type of Colonnade: cast it first", name);
    return -1;
}

int core_state_init(void) {
    PyObject *numpy = PyImport_ImportModule("numpy");
    if (!numpy) return -1;
    core_ndarray = PyObject_GetAttrString(numpy, "ndarray");
    core_generic = PyObject_GetAttrString(numpy, "generic");
    Py_DECREF(numpy);
    core_object_dtype = make_dtype("object");
    if (!core_ndarray || !core_generic || !core_object_dtype) return -1;
    for (int32_t number = 1; number < DTYPES; number++) {
        if (number == COLONNADE_BFLOAT16) continue;
        dtypes[number] = make_dtype(names[number]);
        if (!dtypes[number]) return -1;
    }
    return 0;
}
