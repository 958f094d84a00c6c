/* SPDX-License-Identifier: Apache-2.0 */

/* Tensors as NumPy arrays over the core's memory, which the arrays keep. */

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

static PyObject *shape_tuple(const colonnade_tensor *tensor) {
    PyObject *shape = PyTuple_New(tensor->rank);
    for (int32_t index = 0; shape && index < tensor->rank; index++) {
        PyObject *size = PyLong_FromLongLong(tensor->shape[index]);
        if (!size || PyTuple_SetItem(shape, index, size) < 0) Py_CLEAR(shape);
    }
    return shape;
}

/* The text of one string, or of several that are padded with zeros. */
static PyObject *decoded(PyObject *array) {
    PyObject *module = PyImport_ImportModule("colonnade._text");
    if (!module) return NULL;
    PyObject *text = PyObject_CallMethod(module, "decode", "O", array);
    Py_DECREF(module);
    return text;
}

PyObject *core_array(colonnade_tensor *tensor, const colonnade_field *field) {
    if (field->kind == COLONNADE_KIND_STRING && tensor->rank == 1) {
        PyObject *text = PyUnicode_DecodeUTF8(tensor->data, (Py_ssize_t)tensor->byte_count, "strict");
        colonnade_release(tensor->owner);
        return text;
    }
    /* Bytes are int8, as MLX Data has them. */
    PyObject *dtype = core_dtype(field->kind == COLONNADE_KIND_BYTES ? COLONNADE_INT8 : tensor->dtype);
    PyObject *shape = dtype ? shape_tuple(tensor) : NULL;
    memory *memory = shape ? PyObject_New(struct memory, memory_type) : NULL;
    if (!memory) {
        colonnade_release(tensor->owner);
        Py_XDECREF(shape);
        return NULL;
    }
    memory->data = tensor->data;
    memory->byte_count = (Py_ssize_t)tensor->byte_count;
    memory->owner = tensor->owner;
    memory->is_own = tensor->is_own;
    PyObject *array = PyObject_CallFunctionObjArgs(core_ndarray, shape, dtype, (PyObject *)memory, NULL);
    Py_DECREF(shape);
    Py_DECREF((PyObject *)memory);
    if (array && field->kind == COLONNADE_KIND_STRING) {
        PyObject *text = decoded(array);
        Py_DECREF(array);
        return text;
    }
    return array;
}

PyObject *core_sample(colonnade_tensor *tensors, const colonnade_pipeline *pipeline, PyObject *keys) {
    size_t count = colonnade_field_count(pipeline);
    PyObject *sample = PyDict_New();
    for (size_t index = 0; index < count; index++) {
        if (!sample) {
            colonnade_release(tensors[index].owner);
            continue;
        }
        PyObject *value = core_array(tensors + index, colonnade_field_at(pipeline, index));
        if (!value || PyDict_SetItem(sample, PyTuple_GetItem(keys, (Py_ssize_t)index), value) < 0) Py_CLEAR(sample);
        Py_XDECREF(value);
    }
    return sample;
}
