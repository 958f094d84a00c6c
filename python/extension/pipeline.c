/* SPDX-License-Identifier: Apache-2.0 */

/* Pipelines as Python objects: buffers and streams, which never change. */

#include "core.h"

PyTypeObject *core_pipeline_type;

/* Reads the fields of a new pipeline; -1 with an exception. */
static int read_fields(core_pipeline *self) {
    self->count = colonnade_field_count(self->handle);
    self->keys = PyTuple_New((Py_ssize_t)self->count);
    self->fields = PyMem_Malloc((self->count + 1) * sizeof *self->fields);
    if (self->keys && !self->fields) PyErr_NoMemory();
    for (size_t index = 0; self->keys && self->fields && index < self->count; index++) {
        self->fields[index] = colonnade_field_at(self->handle, index);
        PyObject *name = PyUnicode_FromString(self->fields[index]->name);
        if (name) PyUnicode_InternInPlace(&name);
        if (!name || PyTuple_SetItem(self->keys, (Py_ssize_t)index, name) < 0) return -1;
    }
    return self->keys && self->fields ? 0 : -1;
}

PyObject *core_pipeline_make(colonnade_pipeline *handle, const colonnade_error *error) {
    if (!handle) return PyErr_Occurred() ? NULL : core_raise(error);
    core_pipeline *self = PyObject_New(core_pipeline, core_pipeline_type);
    if (!self) {
        colonnade_release(handle);
        return NULL;
    }
    self->handle = handle;
    if (read_fields(self) < 0) Py_CLEAR(self);
    return (PyObject *)self;
}

static void dealloc(PyObject *object) {
    core_pipeline *self = (core_pipeline *)object;
    PyTypeObject *type = Py_TYPE(object);
    /* Releasing unmaps files, and ends threads that may wait for the GIL. */
    Py_BEGIN_ALLOW_THREADS
    colonnade_release(self->handle);
    Py_END_ALLOW_THREADS
    Py_XDECREF(self->keys);
    PyMem_Free(self->fields);
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyObject *count(PyObject *self, void *nothing) {
    (void)nothing;
    int64_t found = colonnade_count(((core_pipeline *)self)->handle);
    if (found < 0) Py_RETURN_NONE;
    return PyLong_FromLongLong(found);
}

static PyObject *is_stream(PyObject *self, void *nothing) {
    (void)nothing;
    return PyBool_FromLong(colonnade_is_stream(((core_pipeline *)self)->handle));
}

static PyObject *is_batched(PyObject *self, void *nothing) {
    (void)nothing;
    return PyBool_FromLong(colonnade_is_batched(((core_pipeline *)self)->handle));
}

static PyObject *meaning(const colonnade_field *field) {
    if (field->media_type) return PyUnicode_FromString(field->media_type);
    if (field->time) return PyUnicode_FromString(field->time);
    if (!field->labels) Py_RETURN_NONE;
    PyObject *labels = PyList_New((Py_ssize_t)field->label_count);
    for (size_t index = 0; labels && index < field->label_count; index++) {
        PyObject *label = PyUnicode_FromString(field->labels[index]);
        if (!label || PyList_SetItem(labels, (Py_ssize_t)index, label) < 0) Py_CLEAR(labels);
    }
    return labels;
}

static PyObject *field_tuple(const colonnade_field *field) {
    static const char *const kinds[] = {"tensor", "bytes", "string"};
    PyObject *shape = PyTuple_New(field->rank);
    for (int32_t index = 0; shape && index < field->rank; index++) {
        PyObject *size = field->shape[index] < 0 ? Py_NewRef(Py_None) : PyLong_FromLongLong(field->shape[index]);
        if (!size || PyTuple_SetItem(shape, index, size) < 0) Py_CLEAR(shape);
    }
    PyObject *labels = shape ? meaning(field) : NULL;
    const char *dtype = core_dtype_name(field->kind == COLONNADE_KIND_BYTES ? COLONNADE_INT8 : field->dtype);
    PyObject *made = labels ? Py_BuildValue("(sssOO)", field->name, kinds[field->kind], dtype, shape, labels) : NULL;
    Py_XDECREF(shape);
    Py_XDECREF(labels);
    return made;
}

static PyObject *fields(PyObject *object, void *nothing) {
    (void)nothing;
    const core_pipeline *self = (core_pipeline *)object;
    PyObject *list = PyList_New((Py_ssize_t)self->count);
    for (size_t index = 0; list && index < self->count; index++) {
        PyObject *field = field_tuple(self->fields[index]);
        if (!field || PyList_SetItem(list, (Py_ssize_t)index, field) < 0) Py_CLEAR(list);
    }
    return list;
}

static PyObject *metadata(PyObject *self, void *nothing) {
    (void)nothing;
    size_t found = 0;
    const char *const *texts = colonnade_metadata(((core_pipeline *)self)->handle, &found);
    PyObject *made = PyDict_New();
    for (size_t index = 0; made && index + 1 < found; index += 2) {
        PyObject *value = PyUnicode_FromString(texts[index + 1]);
        if (!value || PyDict_SetItemString(made, texts[index], value) < 0) Py_CLEAR(made);
        Py_XDECREF(value);
    }
    return made;
}

static PyObject *check_intact(PyObject *self, PyObject *nothing) {
    (void)nothing;
    colonnade_error error;
    if (colonnade_check_intact(((core_pipeline *)self)->handle, &error) < 0) return core_raise(&error);
    Py_RETURN_NONE;
}

static PyObject *explain(PyObject *self, PyObject *nothing) {
    (void)nothing;
    char *text = colonnade_explain(((core_pipeline *)self)->handle);
    PyObject *made = PyUnicode_FromString(text);
    colonnade_free(text);
    return made;
}

static PyObject *get(PyObject *object, PyObject *position) {
    core_pipeline *self = (core_pipeline *)object;
    long long index = PyLong_AsLongLong(position);
    if (index == -1 && PyErr_Occurred()) return NULL;
    colonnade_tensor few[CORE_FEW_FIELDS];
    colonnade_tensor *tensors = self->count > CORE_FEW_FIELDS ? PyMem_Malloc(self->count * sizeof *tensors) : few;
    if (!tensors) return PyErr_NoMemory();
    colonnade_error error;
    int32_t code;
    Py_BEGIN_ALLOW_THREADS
    code = colonnade_get(self->handle, index, tensors, &error);
    Py_END_ALLOW_THREADS
    PyObject *sample = code < 0 ? core_raise(&error) : core_sample(tensors, self);
    if (!sample && code >= 0 && PyErr_ExceptionMatches(core_error_class(COLONNADE_INVALID_ARGUMENT)))
        core_reword("index %lld", index);
    if (tensors != few) PyMem_Free(tensors);
    return sample;
}

static PyObject *column(PyObject *object, PyObject *index) {
    core_pipeline *self = (core_pipeline *)object;
    size_t field = PyLong_AsSize_t(index);
    if (PyErr_Occurred()) return NULL;
    if (field >= self->count) {
        PyErr_SetString(PyExc_IndexError, "there is no such field");
        return NULL;
    }
    colonnade_tensor tensor;
    int64_t stride;
    colonnade_error error;
    int32_t code;
    Py_BEGIN_ALLOW_THREADS
    code = colonnade_get_column(self->handle, field, &tensor, &stride, &error);
    Py_END_ALLOW_THREADS
    return code < 0 ? core_raise(&error) : core_column(&tensor, stride, self->fields[field]);
}

static PyObject *begin(PyObject *self, PyObject *arguments, PyObject *keywords) {
    static char *names[] = {"epoch", "position", NULL};
    long long epoch = 0;
    const char *position = NULL;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|Lz", names, &epoch, &position)) return NULL;
    return core_pass_begin((core_pipeline *)self, epoch, position);
}

static PyObject *position(PyObject *self, PyObject *arguments, PyObject *keywords) {
    static char *names[] = {"samples", "epoch", NULL};
    long long samples, epoch = 0;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "L|L", names, &samples, &epoch)) return NULL;
    colonnade_error error;
    char *text = colonnade_position_after(((core_pipeline *)self)->handle, epoch, samples, &error);
    if (!text) return core_raise(&error);
    PyObject *made = PyUnicode_FromString(text);
    colonnade_free(text);
    return made;
}

static PyObject *apply(PyObject *self, PyObject *arguments, PyObject *keywords) {
    PyObject *name;
    if (!PyArg_ParseTuple(arguments, "U", &name)) return NULL;
    return core_apply((core_pipeline *)self, name, keywords);
}

static PyGetSetDef attributes[] = {
    {"count", count, NULL, "The number of samples or batches; None if only reading them tells.", NULL},
    {"is_stream", is_stream, NULL, "Whether it is a stream.", NULL},
    {"is_batched", is_batched, NULL, "Whether its items are batches.", NULL},
    {"fields", fields, NULL, "The name, kind, dtype, shape and meaning of each key.", NULL},
    {"metadata", metadata, NULL, "The metadata of the file.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef methods[] = {
    {"check_intact", check_intact, METH_NOARGS, "Raises if a file was truncated, or is known to be damaged."},
    {"explain", explain, METH_NOARGS, "The plan, for people."},
    {"get", get, METH_O, "The sample or batch at an index."},
    {"arrow_stream", core_arrow_stream, METH_O, "arrow_stream(requested): a capsule with a stream of record batches."},
    {"column", column, METH_O, "The values of the field at an index, of a fixed shape, over all samples."},
    {"begin", (PyCFunction)(void *)begin, METH_VARARGS | METH_KEYWORDS, "Begins a pass."},
    {"position", (PyCFunction)(void *)position, METH_VARARGS | METH_KEYWORDS, "The position after a number of samples."},
    {"plan", core_plan, METH_NOARGS, "The plan as text; an error if it needs objects of Python."},
    {"plan_with_objects", core_plan_with_objects, METH_NOARGS, "The plan as text, and a list of the objects that it needs."},
    {"operations_since", core_operations_since, METH_O, "The number of operations since an earlier pipeline; None if it is none."},
    {"before", core_before, METH_O, "The pipeline before the last operations."},
    {"reapply", core_reapply, METH_VARARGS, "reapply(count, onto): another pipeline with the last operations applied to it."},
    {"apply", (PyCFunction)(void *)apply, METH_VARARGS | METH_KEYWORDS, "The pipeline with one more operation."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_dealloc, (void *)dealloc},
    {Py_tp_getset, attributes},
    {Py_tp_methods, methods},
    {Py_tp_doc, (void *)"A buffer or a stream of the core. Never changes."},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "colonnade._core.Pipeline",
    .basicsize = sizeof(core_pipeline),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = slots,
};

int core_pipeline_init(PyObject *module) {
    core_pipeline_type = (PyTypeObject *)PyType_FromSpec(&spec);
    if (!core_pipeline_type) return -1;
    return PyModule_AddObjectRef(module, "Pipeline", (PyObject *)core_pipeline_type);
}
