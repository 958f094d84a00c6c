/* SPDX-License-Identifier: Apache-2.0 */

/* Applies operations by name: converts keyword arguments of Python to arguments of the core. */

#include "core.h"
#include "colonnade_versions.h"

#include <string.h>

enum { MOST_ARGUMENTS = 32 };

typedef struct prepared {
    colonnade_argument list[MOST_ARGUMENTS];
    colonnade_function functions[1];
    /* The memory that the arguments point to. */
    void *blocks[3 * MOST_ARGUMENTS];
    size_t count, block_count;
    colonnade_field *fields;
    /* Objects whose texts are used during the call. */
    PyObject *kept;
    bool has_function;
} prepared;

static void *block(prepared *all, size_t count, size_t size) {
    void *memory = PyMem_Calloc(count ? count : 1, size);
    if (memory) all->blocks[all->block_count++] = memory;
    else PyErr_NoMemory();
    return memory;
}

static int put_integer(int64_t *place, PyObject *object) {
    PyObject *number = PyNumber_Index(object);
    if (!number) return -1;
    long long value = PyLong_AsLongLong(number);
    if (value == -1 && PyErr_Occurred()) {
        /* Seeds may use the 64th bit. */
        PyErr_Clear();
        value = (long long)PyLong_AsUnsignedLongLong(number);
    }
    Py_DECREF(number);
    if (value == -1 && PyErr_Occurred()) return -1;
    *place = value;
    return 0;
}

static int put_text(prepared *all, colonnade_text *place, PyObject *object) {
    Py_ssize_t size = 0;
    if (PyUnicode_Check(object)) {
        place->bytes = core_utf8(object, &size);
        if (!place->bytes) return -1;
    } else if (PyBytes_Check(object)) {
        place->bytes = PyBytes_AsString(object);
        size = PyBytes_Size(object);
    } else {
        PyErr_Format(PyExc_TypeError, "expected str or bytes, not %R", (PyObject *)Py_TYPE(object));
        return -1;
    }
    place->size = (size_t)size;
    return PyList_Append(all->kept, object);
}

static int from_list(prepared *all, colonnade_argument *argument, PyObject *items) {
    Py_ssize_t count = PyList_Size(items);
    argument->count = (size_t)count;
    PyObject *first = count > 0 ? PyList_GetItem(items, 0) : NULL;
    if (first && (PyUnicode_Check(first) || PyBytes_Check(first))) {
        colonnade_text *texts = block(all, argument->count, sizeof *texts);
        if (!texts) return -1;
        for (Py_ssize_t index = 0; index < count; index++)
            if (put_text(all, texts + index, PyList_GetItem(items, index)) < 0) return -1;
        argument->kind = COLONNADE_TEXTS;
        argument->texts = texts;
        return 0;
    }
    if (first && (PyObject *)Py_TYPE(first) == (PyObject *)core_pipeline_type) {
        colonnade_pipeline **pipelines = block(all, argument->count, sizeof *pipelines);
        if (!pipelines) return -1;
        for (Py_ssize_t index = 0; index < count; index++) {
            PyObject *item = PyList_GetItem(items, index);
            if ((PyObject *)Py_TYPE(item) != (PyObject *)core_pipeline_type) {
                PyErr_SetString(PyExc_TypeError, "expected buffers or streams");
                return -1;
            }
            pipelines[index] = ((core_pipeline *)item)->handle;
        }
        argument->kind = COLONNADE_PIPELINES;
        argument->pipelines = pipelines;
        return PyList_Append(all->kept, items);
    }
    bool is_real = false;
    for (Py_ssize_t index = 0; index < count; index++) is_real = is_real || PyFloat_Check(PyList_GetItem(items, index));
    if (is_real) {
        double *numbers = block(all, argument->count, sizeof *numbers);
        if (!numbers) return -1;
        for (Py_ssize_t index = 0; index < count; index++) {
            numbers[index] = PyFloat_AsDouble(PyList_GetItem(items, index));
            if (PyErr_Occurred()) return -1;
        }
        argument->kind = COLONNADE_NUMBERS;
        argument->numbers = numbers;
        return 0;
    }
    int64_t *integers = block(all, argument->count, sizeof *integers);
    if (!integers) return -1;
    for (Py_ssize_t index = 0; index < count; index++)
        if (put_integer(integers + index, PyList_GetItem(items, index)) < 0) return -1;
    argument->kind = COLONNADE_INTEGERS;
    argument->integers = integers;
    return 0;
}

/* Converts a dict from keys to texts, or to numbers. */
static int from_dict(prepared *all, colonnade_argument *argument, PyObject *dict) {
    PyObject *first_key, *first = NULL;
    Py_ssize_t front = 0;
    if (PyDict_Next(dict, &front, &first_key, &first) && PyUnicode_Check(first)) {
        argument->kind = COLONNADE_KEYED_TEXTS;
        argument->count = 2 * (size_t)PyDict_Size(dict);
        colonnade_text *texts = block(all, argument->count, sizeof *texts);
        if (!texts) return -1;
        argument->texts = texts;
        PyObject *key, *value;
        Py_ssize_t at = 0;
        while (PyDict_Next(dict, &at, &key, &value)) {
            if (put_text(all, texts++, key) < 0 || put_text(all, texts++, value) < 0) return -1;
        }
        return 0;
    }
    argument->kind = COLONNADE_KEYED_NUMBERS;
    argument->count = (size_t)PyDict_Size(dict);
    colonnade_text *texts = block(all, argument->count, sizeof *texts);
    double *numbers = texts ? block(all, argument->count, sizeof *numbers) : NULL;
    if (!numbers) return -1;
    PyObject *key, *value;
    Py_ssize_t at = 0, index = 0;
    while (PyDict_Next(dict, &at, &key, &value)) {
        if (put_text(all, texts + index, key) < 0) return -1;
        numbers[index++] = PyFloat_AsDouble(value);
        if (PyErr_Occurred()) return -1;
    }
    argument->texts = texts;
    argument->numbers = numbers;
    return 0;
}

/* Converts a one-dimensional array of int64 or float64, without objects for its elements. Returns 1; 0 for another object; -1 with an
 * exception. */
static int from_array(prepared *all, colonnade_argument *argument, PyObject *object) {
    Py_buffer view;
    if (!PyObject_CheckBuffer(object)) return 0;
    if (PyObject_GetBuffer(object, &view, PyBUF_FORMAT | PyBUF_C_CONTIGUOUS) < 0) {
        PyErr_Clear();
        return 0;
    }
    int code = 0;
    const char *format = view.ndim == 1 && view.itemsize == 8 && view.format ? view.format : "";
    bool is_real = strcmp(format, "d") == 0;
    if (is_real || strcmp(format, "l") == 0 || strcmp(format, "q") == 0) {
        void *elements = block(all, (size_t)view.len / 8, 8);
        if (elements) memcpy(elements, view.buf, (size_t)view.len);
        argument->count = (size_t)view.len / 8;
        argument->kind = is_real ? COLONNADE_NUMBERS : COLONNADE_INTEGERS;
        if (is_real) argument->numbers = elements;
        else argument->integers = elements;
        code = elements ? 1 : -1;
    }
    PyBuffer_Release(&view);
    return code;
}

static int from_object(prepared *all, colonnade_argument *argument, PyObject *object) {
    argument->count = 1;
    if (PyUnicode_Check(object) || PyBytes_Check(object)) {
        colonnade_text *text = block(all, 1, sizeof *text);
        argument->kind = COLONNADE_TEXT;
        argument->texts = text;
        return text ? put_text(all, text, object) : -1;
    }
    if (PyFloat_Check(object)) {
        double *number = block(all, 1, sizeof *number);
        if (!number) return -1;
        *number = PyFloat_AsDouble(object);
        argument->kind = COLONNADE_NUMBER;
        argument->numbers = number;
        return 0;
    }
    int array = from_array(all, argument, object);
    if (array != 0) return array < 0 ? -1 : 0;
    if (PyIndex_Check(object)) {
        int64_t *integer = block(all, 1, sizeof *integer);
        argument->kind = COLONNADE_INTEGER;
        argument->integers = integer;
        return integer ? put_integer(integer, object) : -1;
    }
    if (PyDict_Check(object)) return from_dict(all, argument, object);
    PyObject *items = PySequence_List(object);
    if (!items) return -1;
    int code = PyList_Append(all->kept, items) < 0 ? -1 : from_list(all, argument, items);
    Py_DECREF(items);
    return code;
}

static colonnade_argument *add(prepared *all, const char *name) {
    if (all->count == MOST_ARGUMENTS) {
        PyErr_SetString(PyExc_TypeError, "too many arguments");
        return NULL;
    }
    colonnade_argument *argument = &all->list[all->count++];
    memset(argument, 0, sizeof *argument);
    argument->name = name;
    return argument;
}

/* What the function of an operation does, as the table of operations says; 0 where it takes none. */
static int32_t function_of(const colonnade_operation *operation) {
    for (size_t index = 0; operation && index < operation->parameter_count; index++)
        if (operation->parameters[index].function != 0) return operation->parameters[index].function;
    return 0;
}

static int add_keys(prepared *all, PyObject *key) {
    PyObject *keys = PyList_New(0);
    colonnade_argument *argument = keys ? add(all, "keys") : NULL;
    int code = argument && PyList_Append(keys, key) == 0 && PyList_Append(all->kept, keys) == 0
        ? from_list(all, argument, keys) : -1;
    Py_XDECREF(keys);
    return code;
}

/* Adds the function of an operation, and the fields that it makes of the first sample. Of a function of values, the arguments say
 * `key` and `output`, and the core gets `keys` and `fields`. */
static int add_function(prepared *all, core_pipeline *pipeline, int32_t does, PyObject *callable, PyObject *keywords) {
    core_wanted wanted = {.does = does};
    if (does == COLONNADE_MAKES_VALUES) {
        PyObject *identified = PyDict_GetItemString(keywords, "identified");
        wanted.is_identified = identified && PyObject_IsTrue(identified) == 1;
        wanted.key = PyDict_GetItemString(keywords, "key");
        wanted.output = PyDict_GetItemString(keywords, "output");
        if (!wanted.output || wanted.output == Py_None) wanted.output = wanted.key;
        if (!wanted.key || !PyUnicode_Check(wanted.key) || !PyUnicode_Check(wanted.output)) {
            PyErr_SetString(PyExc_TypeError, "a key is a str");
            return -1;
        }
        if (add_keys(all, wanted.key) < 0) return -1;
    }
    size_t field_count = 0;
    if (core_function_for(pipeline, &wanted, callable, all->functions, &all->fields, &field_count) < 0) return -1;
    all->has_function = true;
    colonnade_argument *argument = add(all, "function");
    if (!argument) return -1;
    argument->kind = COLONNADE_FUNCTION;
    argument->count = 1;
    argument->function = all->functions;
    if (does != COLONNADE_MAKES_VALUES && does != COLONNADE_MAKES_SAMPLES) return 0;
    argument = add(all, "fields");
    if (!argument) return -1;
    argument->kind = COLONNADE_FIELDS;
    argument->count = field_count;
    argument->fields = all->fields;
    return 0;
}

static int refuse_function(const char *operation) {
    PyErr_Format(PyExc_TypeError, "%s takes no function", operation);
    return -1;
}

static void let_go(prepared *all, bool is_taken) {
    for (size_t index = 0; index < all->block_count; index++) PyMem_Free(all->blocks[index]);
    PyMem_Free(all->fields);
    if (all->has_function && !is_taken && all->functions->release) all->functions->release(all->functions->context);
    Py_XDECREF(all->kept);
}

/* Converts the arguments of an operation. */
static int read_arguments(prepared *all, core_pipeline *pipeline, const char *operation, PyObject *keywords) {
    PyObject *key, *value;
    Py_ssize_t at = 0;
    const colonnade_operation *row = colonnade_find_operation(pipeline->handle, operation);
    int32_t does = function_of(row);
    all->kept = PyList_New(0);
    int code = all->kept ? 0 : -1;
    while (code == 0 && keywords && PyDict_Next(keywords, &at, &key, &value)) {
        const char *text = core_text(key);
        code = text ? 0 : -1;
        bool is_of_function = text && does == COLONNADE_MAKES_VALUES && (strcmp(text, "key") == 0 || strcmp(text, "output") == 0);
        if (text && value != Py_None && strcmp(text, "function") == 0) {
            if (does != 0) code = add_function(all, pipeline, does, value, keywords);
            else if (row) code = refuse_function(operation);
            /* The core reports the unknown operation. */
        } else if (text && value != Py_None && !is_of_function) {
            colonnade_argument *argument = add(all, text);
            code = argument ? from_object(all, argument, value) : -1;
        }
    }
    return code;
}

PyObject *core_apply(core_pipeline *pipeline, PyObject *name, PyObject *keywords) {
    const char *operation = core_text(name);
    if (!operation) return NULL;
    prepared all;
    memset(&all, 0, sizeof all);
    PyObject *made = NULL;
    bool is_ready = read_arguments(&all, pipeline, operation, keywords) == 0;
    if (is_ready) {
        colonnade_error error;
        colonnade_pipeline *handle;
        /* An operation on a stream reads at most its first samples. */
        core_look(colonnade_is_stream(pipeline->handle));
        Py_BEGIN_ALLOW_THREADS
        handle = colonnade_apply(pipeline->handle, operation, all.list, all.count, &error);
        Py_END_ALLOW_THREADS
        core_look(false);
        made = core_pipeline_make(handle, &error);
    }
    /* The core takes the function, also if it fails. */
    let_go(&all, is_ready);
    return made;
}

/* Converts the arguments of a call that takes no function. `progress` is stored in `*progress`, if that is not NULL. */
static int read_values(prepared *all, PyObject **progress, PyObject *keywords) {
    PyObject *key, *value;
    Py_ssize_t at = 0;
    all->kept = PyList_New(0);
    int code = all->kept ? 0 : -1;
    while (code == 0 && keywords && PyDict_Next(keywords, &at, &key, &value)) {
        const char *name = core_text(key);
        if (!name) code = -1;
        else if (value == Py_None) continue;
        else if (progress && strcmp(name, "progress") == 0) *progress = value;
        else {
            colonnade_argument *argument = add(all, name);
            code = argument ? from_object(all, argument, value) : -1;
        }
    }
    return code;
}

/* --- Tokenizers --- */

PyObject *core_make_tokenizer(PyObject *module, PyObject *arguments, PyObject *keywords) {
    (void)module;
    const char *operation;
    if (!PyArg_ParseTuple(arguments, "s", &operation)) return NULL;
    prepared all;
    memset(&all, 0, sizeof all);
    PyObject *made = NULL;
    if (read_values(&all, NULL, keywords) == 0) {
        colonnade_error error;
        colonnade_tokenizer *tokenizer;
        Py_BEGIN_ALLOW_THREADS
        tokenizer = colonnade_make_tokenizer(operation, all.list, all.count, &error);
        Py_END_ALLOW_THREADS
        made = core_tokenizer_capsule(tokenizer, &error);
    }
    let_go(&all, true);
    return made;
}

/* --- Ingest --- */

typedef struct shown {
    PyObject *function;
    bool has_failed;
} shown;

/* Reports rows and bytes to a function; its exception, or Ctrl-C, ends the ingest. */
static bool show(void *context, int64_t rows, int64_t bytes) {
    shown *self = context;
    PyGILState_STATE state = PyGILState_Ensure();
    if (self->function) {
        PyObject *done = PyObject_CallFunction(self->function, "LL", (long long)rows, (long long)bytes);
        self->has_failed = !done;
        Py_XDECREF(done);
    }
    /* The exception stays set in this thread until the ingest returns. */
    if (!self->has_failed) self->has_failed = PyErr_CheckSignals() < 0;
    bool goes_on = !self->has_failed;
    PyGILState_Release(state);
    return goes_on;
}

/* Releases the options and the text; returns the number of rows and the text, or raises. */
static PyObject *ingested(prepared *all, int64_t rows, char *skipped, const colonnade_error *error) {
    if (rows < 0 && !PyErr_Occurred()) core_raise(error);
    let_go(all, true);
    PyObject *result = rows < 0 ? NULL : Py_BuildValue("{sLsz}", "rows", (long long)rows, "skipped", skipped);
    colonnade_free(skipped);
    return result;
}

PyObject *core_ingest_arrow(PyObject *module, PyObject *arguments, PyObject *keywords) {
    (void)module;
    PyObject *capsule;
    PyObject *path = NULL;
    if (!PyArg_ParseTuple(arguments, "OO&", &capsule, PyUnicode_FSConverter, &path)) return NULL;
    struct ArrowArrayStream *stream = PyCapsule_GetPointer(capsule, "arrow_array_stream");
    prepared all;
    memset(&all, 0, sizeof all);
    shown progress = {.function = NULL};
    int64_t rows = -1;
    colonnade_error error;
    if (stream && read_values(&all, &progress.function, keywords) == 0) {
        const char *bytes = PyBytes_AsString(path);
        Py_BEGIN_ALLOW_THREADS
        rows = colonnade_ingest_arrow(stream, bytes, all.list, all.count, show, &progress, &error);
        Py_END_ALLOW_THREADS
    }
    Py_DECREF(path);
    return ingested(&all, rows, NULL, &error);
}

PyObject *core_ingest_files(PyObject *module, PyObject *arguments, PyObject *keywords) {
    (void)module;
    PyObject *path = NULL;
    if (!PyArg_ParseTuple(arguments, "O&", PyUnicode_FSConverter, &path)) return NULL;
    prepared all;
    memset(&all, 0, sizeof all);
    shown progress = {.function = NULL};
    int64_t rows = -1;
    char *skipped = NULL;
    colonnade_error error;
    if (read_values(&all, &progress.function, keywords) == 0) {
        const char *bytes = PyBytes_AsString(path);
        Py_BEGIN_ALLOW_THREADS
        rows = colonnade_ingest_files(bytes, all.list, all.count, show, &progress, &skipped, &error);
        Py_END_ALLOW_THREADS
    }
    Py_DECREF(path);
    return ingested(&all, rows, skipped, &error);
}

/* --- Copies and verification --- */

PyObject *core_pack(PyObject *module, PyObject *arguments) {
    (void)module;
    PyObject *source = NULL, *target = NULL;
    long long version;
    const char *tag;
    int is_replacing;
    if (!PyArg_ParseTuple(
            arguments, "O&LzO&p", PyUnicode_FSConverter, &source, &version, &tag, PyUnicode_FSConverter, &target, &is_replacing))
        return NULL;
    shown progress = {.function = NULL};
    colonnade_error error;
    int64_t rows;
    const char *from = PyBytes_AsString(source), *to = PyBytes_AsString(target);
    Py_BEGIN_ALLOW_THREADS
    rows = colonnade_pack(from, version, tag, to, is_replacing != 0, show, &progress, &error);
    Py_END_ALLOW_THREADS
    Py_DECREF(source);
    Py_DECREF(target);
    if (rows < 0 && !PyErr_Occurred()) core_raise(&error);
    return rows < 0 ? NULL : PyLong_FromLongLong(rows);
}

PyObject *core_verify(PyObject *module, PyObject *arguments) {
    (void)module;
    PyObject *path = NULL;
    int has_media;
    if (!PyArg_ParseTuple(arguments, "O&p", PyUnicode_FSConverter, &path, &has_media)) return NULL;
    shown progress = {.function = NULL};
    char *problems = NULL;
    colonnade_error error;
    int64_t count;
    const char *bytes = PyBytes_AsString(path);
    Py_BEGIN_ALLOW_THREADS
    count = colonnade_verify(bytes, has_media != 0, show, &progress, &problems, &error);
    Py_END_ALLOW_THREADS
    Py_DECREF(path);
    if (count < 0 && !PyErr_Occurred()) core_raise(&error);
    PyObject *result = count < 0 ? NULL : PyUnicode_FromString(problems ? problems : "");
    colonnade_free(problems);
    return result;
}
