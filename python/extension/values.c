/* SPDX-License-Identifier: Apache-2.0 */

/* Reads elements of Python values: arrays, numbers, bytes and text directly, and all others by a function of the package. */

#include "core.h"

#include <string.h>

PyObject *core_convert;

/* Returns the number of the data type for a format of Python's buffers; 0 for others, also for elements in foreign byte order. */
static int32_t format_dtype(const char *format, Py_ssize_t size) {
    if (!format) return COLONNADE_UINT8;
    if (*format == '@' || *format == '=' || *format == '|' || *format == '<') format++;
    if (format[0] == 0 || format[1] != 0) return 0;
    switch (*format) {
    case '?': return COLONNADE_BOOL;
    case 'e': return COLONNADE_FLOAT16;
    case 'f': return COLONNADE_FLOAT32;
    case 'd': return COLONNADE_FLOAT64;
    case 'b': return COLONNADE_INT8;
    case 'B': return COLONNADE_UINT8;
    case 'h': case 'i': case 'l': case 'q': case 'n':
        return size == 2 ? COLONNADE_INT16 : size == 4 ? COLONNADE_INT32 : size == 8 ? COLONNADE_INT64 : 0;
    case 'H': case 'I': case 'L': case 'Q': case 'N':
        return size == 2 ? COLONNADE_UINT16 : size == 4 ? COLONNADE_UINT32 : size == 8 ? COLONNADE_UINT64 : 0;
    default: return 0;
    }
}

static bool is_contiguous(const Py_buffer *view) {
    if (!view->strides) return true;
    Py_ssize_t expected = view->itemsize;
    for (int index = view->ndim - 1; index >= 0; index--) {
        if (view->shape[index] == 0) return true;
        if (view->shape[index] != 1 && view->strides[index] != expected) return false;
        expected *= view->shape[index];
    }
    return true;
}

/* Reads a value through its buffer: 1 on success, 0 if it has no suitable buffer, -1 with an exception. */
static int from_buffer(core_value *value, PyObject *object) {
    Py_buffer view;
    if (PyObject_GetBuffer(object, &view, PyBUF_RECORDS_RO) < 0) {
        PyErr_Clear();
        return 0;
    }
    value->dtype = format_dtype(view.format, view.itemsize);
    bool is_suitable = value->dtype != 0 && view.ndim <= COLONNADE_MAX_RANK && is_contiguous(&view);
    if (is_suitable) {
        value->rank = view.ndim;
        for (int index = 0; index < view.ndim; index++) value->shape[index] = view.shape[index];
        value->byte_count = (size_t)view.len;
        value->data = view.buf;
        value->owner = Py_NewRef(object);
        value->is_shareable = PyObject_IsInstance(object, core_ndarray) == 1;
    }
    /* The array keeps its memory as long as it is referenced, with or without a view. */
    PyBuffer_Release(&view);
    return is_suitable;
}

/* Reads arrays of ml_dtypes, which have no format, as their bits. */
static int from_bfloat16(core_value *value, PyObject *array) {
    PyObject *bits = PyObject_CallMethod(array, "view", "s", "uint16");
    if (!bits) return -1;
    int found = from_buffer(value, bits);
    Py_DECREF(bits);
    value->dtype = COLONNADE_BFLOAT16;
    return found;
}

static bool is_bfloat16(PyObject *array) {
    PyObject *dtype = PyObject_GetAttrString(array, "dtype");
    PyObject *name = dtype ? PyObject_GetAttrString(dtype, "name") : NULL;
    bool found = name && PyUnicode_CompareWithASCIIString(name, "bfloat16") == 0;
    Py_XDECREF(dtype);
    Py_XDECREF(name);
    PyErr_Clear();
    return found;
}

/* Reads text as the bytes of its UTF-8, which the object keeps alive. */
static int from_text(core_value *value, PyObject *object) {
    Py_ssize_t size;
    const char *bytes = core_utf8(object, &size);
    if (!bytes) return -1;
    value->kind = COLONNADE_KIND_STRING;
    value->dtype = COLONNADE_UINT8;
    value->rank = 1;
    value->shape[0] = size;
    value->data = bytes;
    value->byte_count = (size_t)size;
    value->owner = Py_NewRef(object);
    value->is_shareable = true;
    return 0;
}

/* Reads arrays and lists of text: 1 on success, 0 if they hold other values, -1 with an exception. */
static int from_texts(core_value *value, PyObject *object) {
    PyObject *module = PyImport_ImportModule("colonnade._text");
    PyObject *padded = module ? PyObject_CallMethod(module, "encode", "(O)", object) : NULL;
    Py_XDECREF(module);
    int found = !padded ? -1 : padded == Py_None ? 0 : from_buffer(value, padded);
    if (found == 1) value->kind = COLONNADE_KIND_STRING;
    Py_XDECREF(padded);
    return found;
}

const char *core_value_name(int32_t kind, int32_t dtype) {
    return kind == COLONNADE_KIND_STRING ? "str" : core_dtype_name(dtype);
}

int core_value_get(core_value *value, PyObject *object, PyObject *convert) {
    return core_value_get_of(value, object, convert, NULL);
}

int core_value_get_of(core_value *value, PyObject *object, PyObject *convert, PyObject *key) {
    value->kind = COLONNADE_KIND_TENSOR;
    value->owner = NULL;
    value->is_shareable = false;
    if (PyUnicode_Check(object)) return from_text(value, object);
    if (PyLong_Check(object)) {
        value->scalar.integer = PyLong_AsLongLong(object);
        value->dtype = COLONNADE_INT64;
        if (value->scalar.integer == -1 && PyErr_Occurred()) {
            PyErr_Clear();
            value->scalar.integer = (int64_t)PyLong_AsUnsignedLongLong(object);
            value->dtype = COLONNADE_UINT64;
        }
        if (value->scalar.integer == -1 && PyErr_Occurred()) {
            PyErr_Clear();
            PyErr_SetString(PyExc_ValueError, "an int that needs more than 64 bits: give it as float, or as bytes");
            return -1;
        }
        value->rank = 0;
        value->data = &value->scalar;
        value->byte_count = 8;
        return 0;
    }
    if (PyFloat_Check(object) && (PyObject *)Py_TYPE(object) == (PyObject *)&PyFloat_Type) {
        value->scalar.number = PyFloat_AsDouble(object);
        value->dtype = COLONNADE_FLOAT64;
        value->rank = 0;
        value->data = &value->scalar;
        value->byte_count = 8;
        return 0;
    }
    if (PyBytes_Check(object)) {
        value->dtype = COLONNADE_INT8;
        value->rank = 1;
        value->shape[0] = PyBytes_Size(object);
        value->data = PyBytes_AsString(object);
        value->byte_count = (size_t)value->shape[0];
        Py_INCREF(object);
        value->owner = object;
        value->is_shareable = true;
        return 0;
    }
    /* No other types: a masked array would lose its mask, and the buffer of an MLX array of bfloat16 has the format of bytes. So
     * does the buffer of NumPy's single times, which also has a dimension. */
    bool is_array = (PyObject *)Py_TYPE(object) == core_ndarray;
    if (is_array || PyObject_IsInstance(object, core_generic) == 1) {
        int found = from_buffer(value, object);
        if (found < 0 || (found == 1 && (is_array || value->rank == 0))) return found < 0 ? -1 : 0;
        Py_CLEAR(value->owner);
        value->is_shareable = false;
    }
    if (PyList_Check(object) || PyTuple_Check(object) || PyObject_IsInstance(object, core_ndarray) == 1) {
        int found = from_texts(value, object);
        if (found != 0) return found < 0 ? -1 : 0;
    }
    PyObject *array = PyObject_CallFunctionObjArgs(convert, object, key, NULL);
    if (!array) return -1;
    int found = is_bfloat16(array) ? from_bfloat16(value, array) : from_buffer(value, array);
    if (found == 0) PyErr_Format(PyExc_ValueError, "%R cannot be converted to an array", (PyObject *)Py_TYPE(object));
    Py_DECREF(array);
    return found == 1 ? 0 : -1;
}

void core_value_clear(core_value *value) { Py_CLEAR(value->owner); }

bool core_is_empty_list(const core_value *value, PyObject *object) {
    return value->kind == COLONNADE_KIND_TENSOR && value->rank == 1 && value->shape[0] == 0 && !PyBytes_Check(object);
}

void core_promise_of(core_promise *promise, const core_value *value, PyObject *object) {
    *promise = (core_promise){
        .kind = value->kind, .dtype = value->dtype, .rank = value->rank, .is_open = core_is_empty_list(value, object)};
    memcpy(promise->shape, value->shape, (size_t)value->rank * sizeof *value->shape);
}

/* Gives an empty list the declared data type and dimensions; text in arrays has a dimension for its bytes. */
static void fit_empty_list(core_value *value, const core_promise *promise) {
    if (promise->rank < (promise->kind == COLONNADE_KIND_STRING ? 2 : 1)) return;
    value->kind = promise->kind;
    value->dtype = promise->dtype;
    value->rank = promise->rank;
    for (int32_t index = 1; index < promise->rank; index++) value->shape[index] = promise->shape[index] > 0 ? promise->shape[index] : 0;
}

int core_put(
    colonnade_results *results, int64_t row, size_t field, const core_promise *promise, PyObject *object, PyObject *convert,
    PyObject *key, colonnade_error *error) {
    core_value value;
    void *memory = NULL;
    if (core_value_get_of(&value, object, convert, key) < 0) {
        core_store_exception(error, row);
        return -1;
    }
    if (core_is_empty_list(&value, object)) fit_empty_list(&value, promise);
    if ((value.kind == COLONNADE_KIND_STRING) != (promise->kind == COLONNADE_KIND_STRING)) {
        PyErr_Format(
            core_error_class(COLONNADE_INVALID_ARGUMENT), "a value is %s here, but %s in the first sample: all samples need the same",
            core_value_name(value.kind, value.dtype), promise->kind == COLONNADE_KIND_STRING ? "str" : "no str");
        core_store_exception(error, row);
    } else {
        memory = colonnade_put(results, row, field, value.dtype, value.rank, value.shape, error);
        if (memory) memcpy(memory, value.data, value.byte_count);
        else error->row = row;
    }
    core_value_clear(&value);
    return memory ? 0 : -1;
}
