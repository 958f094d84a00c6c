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

/* Returns the size of a text without its padding. */
static int64_t size_without_padding(const char *bytes, int64_t size) {
    uint64_t words[4];
    for (; size >= 32; size -= 32) {
        memcpy(words, bytes + size - 32, sizeof words);
        if ((words[0] & words[1] & words[2] & words[3]) != UINT64_MAX) break;
    }
    for (; size >= 8 && (memcpy(words, bytes + size - 8, 8), words[0] == UINT64_MAX); size -= 8) {}
    while (size > 0 && (unsigned char)bytes[size - 1] == PADDING) size--;
    return size;
}

/* Returns bytes as text; `row` is its index in a batch, or -1. */
static PyObject *text_of(const char *bytes, int64_t size, const colonnade_field *field, int64_t row) {
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

/* Texts of a batch: padded to one length, or, if `lengths` is not NULL, one after another as `colonnade_begin_unpadded` says. */
typedef struct texts {
    const colonnade_field *field;
    const char *bytes;
    const int64_t *lengths;
    int64_t length, count, per_row;
    const char *end; /* of texts without padding */
} texts;

/* Sets the error for a tensor that has not the form of texts without padding, which would be a fault of the core. */
static PyObject *not_texts(const colonnade_field *field) {
    return PyErr_Format(PyExc_SystemError, "the texts of %s do not lie as their lengths say", field->name);
}

/* Makes objects of padded texts. Returns -1 with an exception, and may then have made some of them. */
static int make_padded(const texts *all, PyObject **objects) {
    const char *bytes = all->bytes;
    for (int64_t index = 0; index < all->count; index++, bytes += all->length) {
        objects[index] = text_of(bytes, size_without_padding(bytes, all->length), all->field, index / all->per_row);
        if (!objects[index]) return -1;
    }
    return 0;
}

/* Texts that were made last, by a hash. Texts that repeat, such as the names of states, become references to one object, which takes a
 * third of the time. */
enum { KNOWN = 128, LONGEST_KNOWN = 32, TRIED = 64 };
typedef struct known {
    const char *bytes;
    int64_t size;
    PyObject *text;
} known;

/* Makes objects of texts without padding, as `make_padded` does. */
static int make_unpadded(const texts *all, PyObject **objects) {
    known table[KNOWN] = {0};
    const char *bytes = all->bytes;
    int64_t found = 0, tried = 0;
    for (int64_t index = 0; index < all->count; index++) {
        int64_t size = all->lengths[index];
        known *entry = NULL;
        if (size < 0 || size > all->end - bytes) {
            not_texts(all->field);
            return -1;
        }
        if (size > 0 && size <= LONGEST_KNOWN && (tried < TRIED || found > tried / 8)) {
            /* Zeros follow a text of less than eight bytes. */
            uint64_t word, last;
            memcpy(&word, bytes, 8);
            memcpy(&last, bytes + ((size - 1) & ~(int64_t)7), 8);
            entry = &table[((word ^ last << 5 ^ (uint64_t)size) * UINT64_C(0x9E3779B97F4A7C15)) >> 57];
            tried++;
        }
        if (entry && entry->size == size && memcmp(entry->bytes, bytes, (size_t)size) == 0) {
            objects[index] = Py_NewRef(entry->text);
            found++;
        } else {
            objects[index] = text_of(bytes, size, all->field, index);
            if (!objects[index]) return -1;
            if (entry) *entry = (known){bytes, size, objects[index]};
        }
        bytes += (size + 7) & ~(int64_t)7;
    }
    return 0;
}

static int make_texts(const texts *all, PyObject **objects) {
    return all->lengths ? make_unpadded(all, objects) : make_padded(all, objects);
}

/* Returns an array of objects that it takes, made by Python: for versions of NumPy whose interface is unknown. */
static PyObject *shaped(PyObject **objects, int64_t count, const int64_t *sizes, int32_t rank) {
    PyObject *list = PyList_New((Py_ssize_t)count), *shape = list ? PyTuple_New(rank) : NULL;
    PyObject *module = shape ? PyImport_ImportModule("colonnade._text") : NULL;
    for (int64_t index = 0; index < count; index++) {
        if (!list) Py_XDECREF(objects[index]);
        else if (PyList_SetItem(list, (Py_ssize_t)index, objects[index]) < 0) Py_CLEAR(list);
    }
    for (int32_t index = 0; shape && index < rank; index++) {
        PyObject *size = PyLong_FromLongLong(sizes[index]);
        if (!size || PyTuple_SetItem(shape, index, size) < 0) Py_CLEAR(shape);
    }
    PyObject *made = list && shape && module ? PyObject_CallMethod(module, "shaped", "OO", list, shape) : NULL;
    Py_XDECREF(list);
    Py_XDECREF(shape);
    Py_XDECREF(module);
    return made;
}

/* Returns the texts of a batch as an array of str. */
static PyObject *texts_of(const colonnade_tensor *tensor, const colonnade_field *field) {
    texts all = {.field = field, .bytes = tensor->data, .per_row = 1};
    int64_t shape[COLONNADE_MAX_RANK];
    int32_t rank = tensor->rank - 1;
    if (tensor->rank == 1 && field->rank == 2) {
        rank = 1;
        int64_t words = (int64_t)(tensor->byte_count / 8);
        shape[0] = all.count = words > 0 ? *(const int64_t *)tensor->data : -1;
        if (all.count < 0 || all.count >= words) return not_texts(field);
        all.end = (const char *)tensor->data + tensor->byte_count;
        all.lengths = (const int64_t *)tensor->data + 1;
        all.bytes = (const char *)(all.lengths + all.count);
    } else {
        all.count = 1;
        for (int32_t index = 0; index < rank; index++) all.count *= shape[index] = tensor->shape[index];
        all.length = tensor->shape[rank];
        if (shape[0] > 0 && all.count > 0) all.per_row = all.count / shape[0];
    }
    PyObject **objects = NULL, *array = core_object_array(shape, rank, &objects);
    if (array) {
        if (make_texts(&all, objects) < 0) Py_CLEAR(array);
        return array;
    }
    if (PyErr_Occurred()) return NULL;
    objects = PyMem_Calloc((size_t)all.count + 1, sizeof *objects);
    if (!objects) return PyErr_NoMemory();
    if (make_texts(&all, objects) == 0) array = shaped(objects, all.count, shape, rank);
    else for (int64_t index = 0; index < all.count; index++) Py_XDECREF(objects[index]);
    PyMem_Free(objects);
    return array;
}

PyObject *core_array(colonnade_tensor *tensor, const colonnade_field *field) {
    if (field->kind == COLONNADE_KIND_STRING && tensor->rank > 0) {
        bool is_single = tensor->rank == 1 && field->rank == 1;
        PyObject *text =
            is_single ? text_of(tensor->data, size_without_padding(tensor->data, tensor->shape[0]), field, -1) : texts_of(tensor, field);
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
