/* SPDX-License-Identifier: Apache-2.0 */

/* A writer of samples, or of rows in arrays, into a file. */

#include "core.h"
#include "colonnade_versions.h"

#include <string.h>

typedef struct writer {
    PyObject_HEAD
    colonnade_writer *handle;
    /* The name, kind, dtype … of each column as given, and the names. */
    PyObject *names;
    colonnade_field *fields;
    Py_ssize_t count;
    long long rows;
    uint64_t generation;
    bool is_busy;
    bool is_finished;
} writer;

/* The file belongs to the process that began it: a forked child never touches it. */
static void release(writer *self) {
    colonnade_writer *handle = self->handle;
    self->handle = NULL;
    if (self->generation != core_generation()) return;
    Py_BEGIN_ALLOW_THREADS
    colonnade_release(handle);
    Py_END_ALLOW_THREADS
}

static void dealloc(PyObject *object) {
    writer *self = (writer *)object;
    PyTypeObject *type = Py_TYPE(object);
    release(self);
    PyMem_Free(self->fields);
    Py_XDECREF(self->names);
    PyObject_Free(self);
    Py_DECREF(type);
}

static int kind_of(const char *name) {
    if (strcmp(name, "bytes") == 0) return COLONNADE_KIND_BYTES;
    if (strcmp(name, "string") == 0) return COLONNADE_KIND_STRING;
    if (strcmp(name, "tensor") == 0) return COLONNADE_KIND_TENSOR;
    PyErr_Format(PyExc_ValueError, "a column is a tensor, bytes or a string, not \"%s\"", name);
    return -1;
}

static int read_meaning(PyObject *meaning, colonnade_field *field, PyObject *kept) {
    if (meaning == Py_None) return 0;
    if (PyUnicode_Check(meaning)) {
        const char *text = core_text(meaning);
        if (!text) return -1;
        if (field->kind == COLONNADE_KIND_TENSOR) field->time = text;
        else field->media_type = text;
        return PyList_Append(kept, meaning);
    }
    PyObject *labels = PySequence_List(meaning);
    if (!labels) return -1;
    Py_ssize_t count = PyList_Size(labels);
    PyObject *memory = PyBytes_FromStringAndSize(NULL, (count + 1) * (Py_ssize_t)sizeof(char *));
    /* `kept` keeps the texts alive. */
    int code = memory && PyList_Append(kept, labels) == 0 ? PyList_Append(kept, memory) : -1;
    const char **texts = code == 0 ? (const char **)(void *)PyBytes_AsString(memory) : NULL;
    for (Py_ssize_t index = 0; code == 0 && index < count; index++) {
        texts[index] = core_text(PyList_GetItem(labels, index));
        if (!texts[index]) code = -1;
    }
    if (code == 0) {
        field->labels = texts;
        field->label_count = (size_t)count;
    }
    Py_XDECREF(memory);
    Py_DECREF(labels);
    return code;
}

static int read_field(PyObject *given, colonnade_field *field, PyObject *kept) {
    const char *name, *kind;
    PyObject *dtype, *shape, *meaning;
    if (!PyTuple_Check(given) || !PyArg_ParseTuple(given, "ssUO!O", &name, &kind, &dtype, &PyTuple_Type, &shape, &meaning)) {
        if (!PyErr_Occurred()) PyErr_SetString(PyExc_TypeError, "a field is name, kind, dtype, shape and meaning");
        return -1;
    }
    memset(field, 0, sizeof *field);
    field->name = name;
    field->kind = kind_of(kind);
    field->rank = (int32_t)PyTuple_Size(shape);
    if (field->kind < 0) return -1;
    if (field->rank > COLONNADE_MAX_RANK) {
        PyErr_Format(PyExc_ValueError, "\"%s\" has more than %d dimensions", name, COLONNADE_MAX_RANK);
        return -1;
    }
    for (int32_t index = 0; index < field->rank; index++) {
        PyObject *size = PyTuple_GetItem(shape, index);
        field->shape[index] = size == Py_None ? -1 : PyLong_AsLongLong(size);
        if (PyErr_Occurred()) return -1;
    }
    field->dtype = field->kind == COLONNADE_KIND_TENSOR ? core_dtype_number(dtype) : COLONNADE_UINT8;
    return field->dtype < 0 ? -1 : read_meaning(meaning, field, kept);
}

/* Returns key, value, key, value …, in memory of PyMem; with an exception if one of them is no text. */
static const char **read_texts(PyObject *dict, size_t *count) {
    *count = dict ? 2 * (size_t)PyDict_Size(dict) : 0;
    const char **texts = PyMem_Calloc(*count + 1, sizeof *texts);
    PyObject *key, *value;
    Py_ssize_t at = 0, index = 0;
    while (texts && !PyErr_Occurred() && dict && PyDict_Next(dict, &at, &key, &value)) {
        texts[index++] = core_text(key);
        texts[index++] = core_text(value);
    }
    return texts;
}

const char **core_texts(PyObject *list, size_t *count) {
    *count = list ? (size_t)PyList_Size(list) : 0;
    const char **texts = PyMem_Calloc(*count + 1, sizeof *texts);
    for (size_t index = 0; texts && !PyErr_Occurred() && index < *count; index++)
        texts[index] = core_text(PyList_GetItem(list, (Py_ssize_t)index));
    return texts;
}

/* Sets the columns of a writer; `kept` keeps their texts alive. */
static int read_fields(writer *self, PyObject *given, PyObject *kept) {
    self->count = PyList_Size(given);
    self->fields = PyMem_Calloc((size_t)self->count + 1, sizeof *self->fields);
    self->names = PyTuple_New(self->count);
    if (!self->fields && !PyErr_Occurred()) PyErr_NoMemory();
    for (Py_ssize_t index = 0; !PyErr_Occurred() && index < self->count; index++) {
        PyObject *field = PyList_GetItem(given, index);
        if (read_field(field, &self->fields[index], kept) == 0)
            PyTuple_SetItem(self->names, index, Py_NewRef(PyTuple_GetItem(field, 0)));
    }
    return PyErr_Occurred() ? -1 : 0;
}

static PyObject *make(PyTypeObject *type, PyObject *arguments, PyObject *keywords) {
    static char *names[] = {
        "path", "fields", "replacing", "metadata", "grouping", "append", "codecs", "columns", "version", "inputs", "job", "task",
        "tasks", NULL};
    const char *grouping = NULL, *job = NULL;
    PyObject *path = NULL, *given, *metadata = NULL, *codecs = NULL;
    PyObject *inputs = NULL;
    int replacing = 0, appending = 0, adding = 0;
    long long version = 0, task = 0, tasks = 0;
    if (!PyArg_ParseTupleAndKeywords(
            arguments, keywords, "O&O!|$pO!zpO!pLO!zLL", names, PyUnicode_FSConverter, &path, &PyList_Type, &given, &replacing, &PyDict_Type, &metadata,
            &grouping, &appending, &PyDict_Type, &codecs, &adding, &version, &PyList_Type, &inputs, &job, &task,
            &tasks))
        return NULL;
    writer *self = NULL;
    PyObject *kept = NULL;
    const char **metadata_texts = NULL, **codec_texts = NULL, **input_texts = NULL;
    if (grouping && strcmp(grouping, "separate") != 0 && strcmp(grouping, "automatic") != 0) {
        PyErr_Format(PyExc_ValueError, "grouping is \"automatic\" or \"separate\", not \"%s\"", grouping);
        goto done;
    }
    self = (writer *)PyType_GenericAlloc(type, 0);
    kept = PyList_New(0);
    if (!self || !kept) goto done;
    self->generation = core_generation();
    if (read_fields(self, given, kept) < 0) goto done;
    colonnade_writer_options options = {
        .size = sizeof options,
        .is_replacing = replacing,
        .is_appending = appending,
        .is_ungrouped = grouping && strcmp(grouping, "separate") == 0,
    };
    options.metadata = metadata_texts = read_texts(metadata, &options.metadata_count);
    options.codecs = codec_texts = read_texts(codecs, &options.codec_count);
    size_t input_count;
    input_texts = core_texts(inputs, &input_count);
    if (!metadata_texts || !codec_texts || !input_texts) PyErr_NoMemory();
    if (PyErr_Occurred()) goto done;
    colonnade_error error;
    const char *bytes = PyBytes_AsString(path);
    Py_BEGIN_ALLOW_THREADS
    size_t field_count = (size_t)self->count;
    self->handle = adding ? colonnade_add_columns(bytes, self->fields, field_count, &options, version, input_texts, input_count, &error)
             : job  ? colonnade_write_fragment(bytes, job, task, tasks, self->fields, field_count, &options, &error)
                    : colonnade_create(bytes, self->fields, field_count, &options, &error);
    Py_END_ALLOW_THREADS
    if (!self->handle) core_raise(&error);
done:
    PyMem_Free(metadata_texts);
    PyMem_Free(codec_texts);
    PyMem_Free(input_texts);
    Py_DECREF(path);
    Py_XDECREF(kept);
    if (PyErr_Occurred()) Py_CLEAR(self);
    return (PyObject *)self;
}

/* The writer is also in use in a user function that a call of the writer calls, and in a signal handler. */
static int check_idle(writer *self) {
    if (!self->is_busy) return 0;
    PyErr_SetString(core_error_class(COLONNADE_INVALID_ARGUMENT), "the writer is in use: a writer is for one thread at a time");
    return -1;
}

static int check_open(writer *self) {
    if (self->generation != core_generation()) {
        PyErr_SetString(
            core_error_class(COLONNADE_INVALID_ARGUMENT), "the writer was begun before the process forked, and belongs to the parent: "
                                                          "begin another one in the child");
        return -1;
    }
    if (check_idle(self) < 0) return -1;
    if (self->handle) return 0;
    PyErr_SetString(core_error_class(COLONNADE_INVALID_ARGUMENT), "the writer is closed: begin another one");
    return -1;
}

/* Reads text as bytes, and all other values by their elements. */
static int get_value(writer *self, Py_ssize_t index, PyObject *object, core_value *value) {
    if (self->fields[index].kind != COLONNADE_KIND_STRING) {
        if (core_value_get(value, object, core_convert) < 0) return -1;
        if (value->kind != COLONNADE_KIND_STRING) return 0;
        core_value_clear(value);
        PyErr_SetString(PyExc_TypeError, "text is for columns of strings: encode it as bytes, as in text.encode()");
        return -1;
    }
    if (!PyUnicode_Check(object)) {
        PyErr_Format(PyExc_TypeError, "expected a str, not %R", (PyObject *)Py_TYPE(object));
        return -1;
    }
    Py_ssize_t size;
    value->data = core_utf8(object, &size);
    if (!value->data) return -1;
    value->dtype = COLONNADE_UINT8;
    value->rank = 1;
    value->shape[0] = size;
    value->byte_count = (size_t)size;
    value->owner = Py_NewRef(object);
    return 0;
}

static PyObject *add_values(writer *self, PyObject *given, bool is_stacked) {
    if (!PyDict_Check(given)) {
        PyErr_Format(PyExc_TypeError, "expected a dict, not %R", (PyObject *)Py_TYPE(given));
        return NULL;
    }
    if (PyDict_Size(given) != self->count) {
        PyObject *keys = PyDict_Keys(given);
        PyErr_Format(PyExc_ValueError, "row %lld has the keys %R, but the file has %R", self->rows, keys, self->names);
        Py_XDECREF(keys);
        return NULL;
    }
    core_value *values = PyMem_Calloc((size_t)self->count + 1, sizeof *values);
    colonnade_tensor *tensors = PyMem_Calloc((size_t)self->count + 1, sizeof *tensors);
    long long rows = is_stacked ? -1 : 1;
    Py_ssize_t got = 0;
    int code = values && tensors ? 0 : -1;
    for (; code == 0 && got < self->count; got++) {
        /* A conversion of a value may change the dict. */
        PyObject *object = Py_XNewRef(PyDict_GetItemWithError(given, PyTuple_GetItem(self->names, got)));
        if (!object && !PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "this key is missing");
        code = object ? get_value(self, got, object, &values[got]) : -1;
        Py_XDECREF(object);
        if (code == 0 && is_stacked && (values[got].rank == 0 || (rows >= 0 && values[got].shape[0] != rows))) {
            PyErr_SetString(PyExc_ValueError, "arrays need a first dimension of the same length, which counts the rows");
            core_value_clear(&values[got]);
            code = -1;
        }
        if (code < 0) {
            core_reword("row %lld, key %R", self->rows, PyTuple_GetItem(self->names, got));
            break;
        }
        core_value *value = &values[got];
        tensors[got] = (colonnade_tensor){
            .dtype = self->fields[got].kind == COLONNADE_KIND_BYTES && value->dtype == COLONNADE_INT8 ? COLONNADE_UINT8 : value->dtype,
            .rank = value->rank,
            .data = (void *)value->data,
            .byte_count = value->byte_count,
        };
        memcpy(tensors[got].shape, value->shape, (size_t)value->rank * sizeof *value->shape);
        if (is_stacked) rows = value->shape[0];
    }
    colonnade_error error;
    if (code == 0) {
        Py_BEGIN_ALLOW_THREADS
        code = colonnade_append(self->handle, rows < 0 ? 0 : rows, is_stacked, tensors, &error);
        Py_END_ALLOW_THREADS
        if (code < 0) core_raise(&error);
        else self->rows += rows;
    }
    for (Py_ssize_t index = 0; values && index < got; index++) core_value_clear(&values[index]);
    PyMem_Free(values);
    PyMem_Free(tensors);
    if (code < 0) return PyErr_Occurred() ? NULL : PyErr_NoMemory();
    Py_RETURN_NONE;
}

static PyObject *add(writer *self, PyObject *given, bool is_stacked) {
    if (check_open(self) < 0) return NULL;
    self->is_busy = true;
    PyObject *done = add_values(self, given, is_stacked);
    self->is_busy = false;
    return done;
}

static PyObject *append(PyObject *self, PyObject *sample) { return add((writer *)self, sample, false); }

static PyObject *append_rows(PyObject *self, PyObject *columns) { return add((writer *)self, columns, true); }

static PyObject *finish(PyObject *object, PyObject *nothing) {
    (void)nothing;
    writer *self = (writer *)object;
    if (check_open(self) < 0) return NULL;
    colonnade_error error;
    int64_t rows;
    self->is_busy = true;
    Py_BEGIN_ALLOW_THREADS
    rows = colonnade_finish(self->handle, &error);
    Py_END_ALLOW_THREADS
    self->is_busy = false;
    self->is_finished = rows >= 0;
    long long appends = (long long)colonnade_append_count(self->handle);
    release(self);
    if (rows < 0) return core_raise(&error);
    return Py_BuildValue("{sLsL}", "rows", (long long)rows, "appends", appends);
}

static PyObject *missing_rows(PyObject *object, PyObject *nothing) {
    (void)nothing;
    writer *self = (writer *)object;
    if (check_open(self) < 0) return NULL;
    colonnade_error error;
    int64_t rows, version = 0;
    self->is_busy = true;
    Py_BEGIN_ALLOW_THREADS
    rows = colonnade_missing_rows(self->handle, &version, &error);
    Py_END_ALLOW_THREADS
    self->is_busy = false;
    return rows < 0 ? core_raise(&error) : Py_BuildValue("LL", (long long)rows, (long long)version);
}

static PyObject *abandon(PyObject *object, PyObject *nothing) {
    (void)nothing;
    writer *self = (writer *)object;
    if (check_idle(self) < 0) return NULL;
    release(self);
    Py_RETURN_NONE;
}

static PyObject *is_closed(PyObject *self, void *nothing) {
    (void)nothing;
    return PyBool_FromLong(((writer *)self)->handle == NULL);
}

static PyObject *is_finished(PyObject *self, void *nothing) {
    (void)nothing;
    return PyBool_FromLong(((writer *)self)->is_finished);
}

static PyObject *rows(PyObject *self, void *nothing) {
    (void)nothing;
    return PyLong_FromLongLong(((writer *)self)->rows);
}

static PyGetSetDef attributes[] = {
    {"closed", is_closed, NULL, "Whether it is finished or abandoned.", NULL},
    {"is_finished", is_finished, NULL, "Whether the file is published.", NULL},
    {"rows", rows, NULL, "Rows added.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef methods[] = {
    {"append", append, METH_O, "Adds a sample."},
    {"append_rows", append_rows, METH_O, "Adds rows of arrays, whose first dimension counts them."},
    {"finish", finish, METH_NOARGS, "Publishes the file."},
    {"missing_rows", missing_rows, METH_NOARGS, "The number of rows of the newest version that lack values of added columns, and the version."},
    {"abandon", abandon, METH_NOARGS, "Removes the staging file."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, (void *)make},
    {Py_tp_dealloc, (void *)dealloc},
    {Py_tp_getset, attributes},
    {Py_tp_methods, methods},
    {Py_tp_doc, (void *)"Writes a data set. Nothing appears under its name before finish."},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "colonnade._core.Writer",
    .basicsize = sizeof(writer),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = slots,
};

int core_writer_init(PyObject *module) {
    PyObject *type = PyType_FromSpec(&spec);
    if (!type) return -1;
    int code = PyModule_AddObjectRef(module, "Writer", type);
    Py_DECREF(type);
    return code;
}
