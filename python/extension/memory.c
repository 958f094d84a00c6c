/* SPDX-License-Identifier: Apache-2.0 */

/* Makes NumPy arrays over memory of the core, which the arrays keep alive. */

#include "core.h"

#include <string.h>

typedef struct memory {
    PyObject_HEAD
    void *data;
    Py_ssize_t byte_count;
    void *owner;
    bool is_own;
} memory;

static PyTypeObject *memory_type;

static void memory_dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    colonnade_release(((memory *)self)->owner);
    PyObject_Free(self);
    Py_DECREF(type);
}

static int memory_buffer(PyObject *self, Py_buffer *view, int flags) {
    memory *own = (memory *)self;
    return PyBuffer_FillInfo(view, self, own->data, own->byte_count, !own->is_own, flags);
}

static PyType_Slot memory_slots[] = {
    {Py_tp_dealloc, (void *)memory_dealloc},
    {Py_bf_getbuffer, (void *)memory_buffer},
    {Py_tp_doc, (void *)"Memory of the core, as long as an array refers to it."},
    {0, NULL},
};

static PyType_Spec memory_spec = {
    .name = "colonnade._core.Memory",
    .basicsize = sizeof(memory),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = memory_slots,
};

int core_memory_init(PyObject *module) {
    memory_type = (PyTypeObject *)PyType_FromSpec(&memory_spec);
    if (!memory_type) return -1;
    return PyModule_AddObjectRef(module, "Memory", (PyObject *)memory_type);
}

void core_release_tensors(colonnade_tensor *tensors, size_t count) {
    for (size_t index = 0; index < count; index++) colonnade_release(tensors[index].owner);
}

/* Returns the memory of a tensor as an object, which takes the tensor's owner; NULL with an exception, and takes nothing. */
static PyObject *memory_of(const colonnade_tensor *tensor) {
    memory *self = PyObject_New(memory, memory_type);
    if (!self) return NULL;
    self->data = tensor->data;
    self->byte_count = (Py_ssize_t)tensor->byte_count;
    self->owner = tensor->owner;
    self->is_own = tensor->is_own;
    return (PyObject *)self;
}

/* The byte that pads shorter strings in a batch. UTF-8 never contains it. */
enum { PADDING = 0xFF };

/* Returns the text of one string without its padding; `row` is its index in a batch, or -1. */
static PyObject *text_of(const char *bytes, int64_t size, const colonnade_field *field, int64_t row) {
    while (size > 0 && (unsigned char)bytes[size - 1] == PADDING) size--;
    PyObject *text = PyUnicode_DecodeUTF8(bytes, (Py_ssize_t)size, "strict");
    if (text || !PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)) return text;
    PyErr_Clear();
    PyObject *shown = PyBytes_FromStringAndSize(bytes, (Py_ssize_t)(size < 40 ? size : 40));
    PyObject *place = row < 0 ? PyUnicode_FromString("") : PyUnicode_FromFormat(", row %lld of the batch", (long long)row);
    if (shown && place)
        PyErr_Format(
            core_error_class(COLONNADE_INVALID_ARGUMENT),
            "key \"%s\"%U: the bytes of this text, %R%s, are not UTF-8: \"colonnade verify\" lists damage of a file, and slices cut "
            "between bytes, not between letters",
            field->name, place, shown, size > 40 ? "…" : "");
    Py_XDECREF(shown);
    Py_XDECREF(place);
    return NULL;
}

/* Returns the texts of a batch as an array of str; the last number of `shape` is the length of the longest. */
static PyObject *texts_of(const colonnade_tensor *tensor, const colonnade_field *field) {
    int32_t rank = tensor->rank - 1;
    int64_t length = tensor->shape[rank], count = 1;
    for (int32_t index = 0; index < rank; index++) count *= tensor->shape[index];
    int64_t per_row = tensor->shape[0] > 0 ? count / tensor->shape[0] : 1;
    PyObject *module = NULL, *shape = NULL, *made = NULL;
    PyObject *texts = PyList_New((Py_ssize_t)count);
    for (int64_t index = 0; texts && index < count; index++) {
        PyObject *text = text_of((const char *)tensor->data + index * length, length, field, index / (per_row > 0 ? per_row : 1));
        if (!text || PyList_SetItem(texts, (Py_ssize_t)index, text) < 0) Py_CLEAR(texts);
    }
    if (texts) shape = PyTuple_New(rank);
    for (int32_t index = 0; shape && index < rank; index++) {
        PyObject *size = PyLong_FromLongLong(tensor->shape[index]);
        if (!size || PyTuple_SetItem(shape, index, size) < 0) Py_CLEAR(shape);
    }
    if (shape) module = PyImport_ImportModule("colonnade._text");
    if (module) made = PyObject_CallMethod(module, "shaped", "OO", texts, shape);
    Py_XDECREF(module);
    Py_XDECREF(shape);
    Py_XDECREF(texts);
    return made;
}

PyObject *core_array(colonnade_tensor *tensor, const colonnade_field *field) {
    if (field->kind == COLONNADE_KIND_STRING && tensor->rank > 0) {
        PyObject *text = tensor->rank == 1 ? text_of(tensor->data, tensor->shape[0], field, -1) : texts_of(tensor, field);
        colonnade_release(tensor->owner);
        return text;
    }
    /* Bytes are int8, as in MLX Data. */
    PyObject *dtype = core_dtype(field->kind == COLONNADE_KIND_BYTES ? COLONNADE_INT8 : tensor->dtype);
    PyObject *memory = dtype ? memory_of(tensor) : NULL;
    if (memory) return core_array_over(tensor, dtype, memory);
    colonnade_release(tensor->owner);
    return NULL;
}

PyObject *core_column(colonnade_tensor *tensor, int64_t stride, const colonnade_field *field) {
    int64_t size = tensor->shape[0];
    bool is_contiguous = size == 0 || (int64_t)tensor->byte_count == size * stride;
    if (is_contiguous && (uintptr_t)tensor->data % 8 == 0) return core_array(tensor, field);
    PyObject *dtype = core_dtype(field->kind == COLONNADE_KIND_BYTES ? COLONNADE_INT8 : tensor->dtype);
    PyObject *memory = dtype ? memory_of(tensor) : NULL;
    if (memory) return core_strided_array_over(tensor, stride, dtype, memory);
    colonnade_release(tensor->owner);
    return NULL;
}

PyObject *core_sample(colonnade_tensor *tensors, const core_pipeline *pipeline) {
    PyObject *sample = PyDict_New();
    for (size_t index = 0; index < pipeline->count; index++) {
        if (!sample) {
            colonnade_release(tensors[index].owner);
            continue;
        }
        PyObject *value = core_array(tensors + index, pipeline->fields[index]);
        if (!value || PyDict_SetItem(sample, PyTuple_GetItem(pipeline->keys, (Py_ssize_t)index), value) < 0) Py_CLEAR(sample);
        Py_XDECREF(value);
    }
    return sample;
}
