/* SPDX-License-Identifier: Apache-2.0 */

/* Makes NumPy arrays over memory by two functions of NumPy's C interface, which take a fifth of the time of a call of numpy.ndarray.
 * The build needs no headers of NumPy: within a version of its binary interface, the functions keep their indices in a table. */

#include "core.h"

/* Indices in the table. */
enum { GET_ABI_VERSION = 0, NEW_FROM_DESCR = 94, GET_POINTER = 160, SET_BASE_OBJECT = 282 };
/* The versions of the binary interface of NumPy 1 and NumPy 2. */
enum { ABI_1 = 0x1000009, ABI_2 = 0x2000000 };
/* Flags of arrays. */
enum { C_CONTIGUOUS = 0x1, ALIGNED = 0x100, WRITEABLE = 0x400 };

typedef unsigned get_abi_version(void);
/* Takes the reference to `dtype`, also on failure. */
typedef PyObject *new_from_descr(
    PyTypeObject *type, PyObject *dtype, int rank, const Py_ssize_t *shape, const Py_ssize_t *strides, void *data, int flags,
    PyObject *object);
/* Takes the reference to `base`, also on failure. */
typedef int set_base_object(PyObject *array, PyObject *base);

/* Returns the address of an element. */
typedef void *get_pointer(PyObject *array, const Py_ssize_t *index);

/* NULL if the interface of the installed NumPy is unknown. */
static new_from_descr *make_array;
static get_pointer *find_element;
static set_base_object *set_base;

int core_numpy_init(void) {
    PyObject *module = PyImport_ImportModule("numpy._core._multiarray_umath");
    if (!module && PyErr_ExceptionMatches(PyExc_ImportError)) {
        PyErr_Clear();
        module = PyImport_ImportModule("numpy.core._multiarray_umath"); /* NumPy 1 */
    }
    PyObject *capsule = module ? PyObject_GetAttrString(module, "_ARRAY_API") : NULL;
    void **table = capsule && PyCapsule_IsValid(capsule, NULL) ? PyCapsule_GetPointer(capsule, NULL) : NULL;
    Py_XDECREF(capsule);
    Py_XDECREF(module);
    /* Without the table, arrays are made by calls of numpy.ndarray. */
    if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_ImportError) && !PyErr_ExceptionMatches(PyExc_AttributeError)) return -1;
    PyErr_Clear();
    if (!table) return 0;
    unsigned version = ((get_abi_version *)table[GET_ABI_VERSION])();
    if (version != ABI_1 && version != ABI_2) return 0;
    make_array = (new_from_descr *)table[NEW_FROM_DESCR];
    find_element = (get_pointer *)table[GET_POINTER];
    set_base = (set_base_object *)table[SET_BASE_OBJECT];
    return 0;
}

static PyObject *tuple_of(const int64_t *sizes, int32_t rank) {
    PyObject *tuple = PyTuple_New(rank);
    for (int32_t index = 0; tuple && index < rank; index++) {
        PyObject *size = PyLong_FromLongLong(sizes[index]);
        if (!size || PyTuple_SetItem(tuple, index, size) < 0) Py_CLEAR(tuple);
    }
    return tuple;
}

/* Calls numpy.ndarray(shape, dtype, owner). */
static PyObject *call_ndarray(const colonnade_tensor *tensor, PyObject *dtype, PyObject *owner) {
    PyObject *shape = tuple_of(tensor->shape, tensor->rank);
    PyObject *array = shape ? PyObject_CallFunctionObjArgs(core_ndarray, shape, dtype, owner, NULL) : NULL;
    Py_XDECREF(shape);
    Py_DECREF(owner);
    return array;
}

PyObject *core_strided_array_over(const colonnade_tensor *tensor, int64_t stride, PyObject *dtype, PyObject *owner) {
    int64_t strides[COLONNADE_MAX_RANK];
    PyObject *item_size = PyObject_GetAttrString(dtype, "itemsize");
    int64_t size = item_size ? PyLong_AsLongLong(item_size) : -1;
    Py_XDECREF(item_size);
    if (size < 0) {
        Py_DECREF(owner);
        return NULL;
    }
    for (int32_t index = tensor->rank - 1; index > 0; index--) {
        strides[index] = size;
        size *= tensor->shape[index];
    }
    strides[0] = stride;
    PyObject *shape = tuple_of(tensor->shape, tensor->rank), *steps = tuple_of(strides, tensor->rank);
    /* numpy.ndarray(shape, dtype, buffer, offset, strides) finds out whether the elements are aligned. */
    PyObject *array = shape && steps ? PyObject_CallFunction(core_ndarray, "OOOiO", shape, dtype, owner, 0, steps) : NULL;
    Py_XDECREF(steps);
    Py_XDECREF(shape);
    Py_DECREF(owner);
    return array;
}

PyObject *core_array_over(const colonnade_tensor *tensor, PyObject *dtype, PyObject *owner) {
    if (!make_array || !tensor->data) return call_ndarray(tensor, dtype, owner);
    Py_ssize_t shape[COLONNADE_MAX_RANK];
    for (int32_t index = 0; index < tensor->rank; index++) shape[index] = (Py_ssize_t)tensor->shape[index];
    int flags = C_CONTIGUOUS | ALIGNED | (tensor->is_own ? WRITEABLE : 0);
    PyObject *array = make_array((PyTypeObject *)core_ndarray, Py_NewRef(dtype), tensor->rank, shape, NULL, tensor->data, flags, NULL);
    if (!array) {
        Py_DECREF(owner);
        return NULL;
    }
    if (set_base(array, owner) < 0) Py_CLEAR(array);
    return array;
}

PyObject *core_object_array(const int64_t *sizes, int32_t rank, PyObject ***objects) {
    if (!make_array) return NULL;
    Py_ssize_t shape[COLONNADE_MAX_RANK], first[COLONNADE_MAX_RANK] = {0};
    for (int32_t index = 0; index < rank; index++) shape[index] = (Py_ssize_t)sizes[index];
    /* NumPy fills new memory for objects with zeros. */
    PyObject *array = make_array((PyTypeObject *)core_ndarray, Py_NewRef(core_object_dtype), rank, shape, NULL, NULL, 0, NULL);
    if (array) *objects = find_element(array, first);
    return array;
}
