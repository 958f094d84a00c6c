/* SPDX-License-Identifier: Apache-2.0 */

/* The module colonnade._core: its functions and its initialisation. */

#include "core.h"
#include "colonnade_versions.h"

#include <string.h>

static PyObject *version(PyObject *module, PyObject *nothing) {
    (void)module, (void)nothing;
    return PyUnicode_FromString(colonnade_version());
}

static PyObject *abi_version(PyObject *module, PyObject *nothing) {
    (void)module, (void)nothing;
    return PyLong_FromUnsignedLong(colonnade_abi_version());
}

static PyObject *generation(PyObject *module, PyObject *nothing) {
    (void)module, (void)nothing;
    return PyLong_FromUnsignedLongLong(core_generation());
}

static PyObject *end_idle_threads(PyObject *module, PyObject *nothing) {
    (void)module, (void)nothing;
    Py_BEGIN_ALLOW_THREADS
    colonnade_end_idle_threads();
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyObject *open_file(PyObject *module, PyObject *arguments) {
    (void)module;
    PyObject *path = NULL;
    const char *verify, *tag = NULL;
    int copy;
    long long version = 0;
    if (!PyArg_ParseTuple(arguments, "O&sp|Lz", PyUnicode_FSConverter, &path, &verify, &copy, &version, &tag)) return NULL;
    static const char *const words[] = {"off", "touch", "auto", "full"};
    static const int32_t checks[] = {
        COLONNADE_CHECK_METADATA, COLONNADE_CHECK_ON_FIRST_TOUCH, COLONNADE_CHECK_AUTOMATIC, COLONNADE_CHECK_FULL};
    int32_t check = -1;
    PyObject *made = NULL;
    for (size_t index = 0; index < sizeof words / sizeof *words; index++) {
        if (strcmp(verify, words[index]) == 0) check = checks[index] | (copy ? COLONNADE_COPY : 0);
    }
    if (check < 0) {
        PyErr_Format(PyExc_ValueError, "verify is \"auto\", \"touch\", \"full\" or \"off\", not \"%s\"", verify);
    } else {
        colonnade_error error;
        colonnade_pipeline *handle;
        const char *bytes = PyBytes_AsString(path);
        Py_BEGIN_ALLOW_THREADS
        handle = colonnade_open_version(bytes, check, version, tag, &error);
        Py_END_ALLOW_THREADS
        made = core_pipeline_make(handle, &error);
    }
    Py_DECREF(path);
    return made;
}

static PyObject *newest_version(PyObject *module, PyObject *arguments) {
    (void)module;
    PyObject *path = NULL;
    if (!PyArg_ParseTuple(arguments, "O&", PyUnicode_FSConverter, &path)) return NULL;
    colonnade_error error;
    const char *bytes = PyBytes_AsString(path);
    int64_t number;
    Py_BEGIN_ALLOW_THREADS
    number = colonnade_newest_version(bytes, &error);
    Py_END_ALLOW_THREADS
    Py_DECREF(path);
    return number < 0 ? core_raise(&error) : PyLong_FromLongLong(number);
}

typedef int64_t (*change)(const char *path, const char *const *texts, size_t count, const char *column, colonnade_error *error);

/* Changes columns; the arguments are a path, a list of texts, and perhaps a column. */
static PyObject *change_columns(PyObject *arguments, change change) {
    PyObject *path = NULL, *list;
    const char *column = NULL;
    if (!PyArg_ParseTuple(arguments, "O&O!|s", PyUnicode_FSConverter, &path, &PyList_Type, &list, &column)) return NULL;
    colonnade_error error;
    size_t count;
    const char *bytes = PyBytes_AsString(path);
    const char **texts = core_texts(list, &count);
    PyObject *made = NULL;
    if (!texts) PyErr_NoMemory();
    if (!PyErr_Occurred()) {
        int64_t number;
        Py_BEGIN_ALLOW_THREADS
        number = change(bytes, texts, count, column, &error);
        Py_END_ALLOW_THREADS
        made = number < 0 ? core_raise(&error) : PyLong_FromLongLong(number);
    }
    PyMem_Free(texts);
    Py_DECREF(path);
    return made;
}

static int64_t drop(const char *path, const char *const *texts, size_t count, const char *column, colonnade_error *error) {
    (void)column;
    return colonnade_drop_columns(path, texts, count, error);
}

static int64_t rename_them(const char *path, const char *const *texts, size_t count, const char *column, colonnade_error *error) {
    (void)column;
    return colonnade_rename_columns(path, texts, count, error);
}

static int64_t label(const char *path, const char *const *texts, size_t count, const char *column, colonnade_error *error) {
    return colonnade_set_labels(path, column ? column : "", texts, count, error);
}

static PyObject *drop_columns(PyObject *module, PyObject *arguments) {
    (void)module;
    return change_columns(arguments, drop);
}

static PyObject *rename_columns(PyObject *module, PyObject *arguments) {
    (void)module;
    return change_columns(arguments, rename_them);
}

static PyObject *set_labels(PyObject *module, PyObject *arguments) {
    (void)module;
    return change_columns(arguments, label);
}

/* Commits a job: all tasks, or those of a list. */
static PyObject *commit(PyObject *module, PyObject *arguments) {
    (void)module;
    PyObject *path = NULL, *list = NULL;
    const char *job;
    long long count;
    if (!PyArg_ParseTuple(arguments, "O&sL|O!", PyUnicode_FSConverter, &path, &job, &count, &PyList_Type, &list)) return NULL;
    int64_t *tasks = NULL, number = -1;
    if (list) {
        count = PyList_Size(list);
        tasks = PyMem_Calloc((size_t)count + 1, sizeof *tasks);
        if (!tasks) PyErr_NoMemory();
        for (long long index = 0; !PyErr_Occurred() && index < count; index++)
            tasks[index] = PyLong_AsLongLong(PyList_GetItem(list, index));
    }
    if (!PyErr_Occurred()) {
        colonnade_error error;
        const char *bytes = PyBytes_AsString(path);
        Py_BEGIN_ALLOW_THREADS
        number = colonnade_commit(bytes, job, count, tasks, &error);
        Py_END_ALLOW_THREADS
        if (number < 0) core_raise(&error);
    }
    PyMem_Free(tasks);
    Py_DECREF(path);
    return number < 0 ? NULL : PyLong_FromLongLong(number);
}

/* Commits all tasks of a job as a new data set. */
static PyObject *commit_new(PyObject *module, PyObject *arguments) {
    (void)module;
    PyObject *path = NULL;
    const char *job;
    long long count;
    if (!PyArg_ParseTuple(arguments, "O&sL", PyUnicode_FSConverter, &path, &job, &count)) return NULL;
    colonnade_error error;
    const char *bytes = PyBytes_AsString(path);
    int64_t rows;
    Py_BEGIN_ALLOW_THREADS
    rows = colonnade_commit_new(bytes, job, count, &error);
    Py_END_ALLOW_THREADS
    Py_DECREF(path);
    return rows < 0 ? core_raise(&error) : PyLong_FromLongLong(rows);
}

static PyObject *discard_job(PyObject *module, PyObject *arguments) {
    (void)module;
    PyObject *path = NULL;
    const char *job;
    int removes_folder;
    if (!PyArg_ParseTuple(arguments, "O&sp", PyUnicode_FSConverter, &path, &job, &removes_folder)) return NULL;
    const char *bytes = PyBytes_AsString(path);
    Py_BEGIN_ALLOW_THREADS
    colonnade_discard_job(bytes, job, removes_folder != 0);
    Py_END_ALLOW_THREADS
    Py_DECREF(path);
    Py_RETURN_NONE;
}

/* Returns the number of rows of a task; None if it is not finished. */
static PyObject *task_rows(PyObject *module, PyObject *arguments) {
    (void)module;
    PyObject *path = NULL;
    const char *job, *sources = NULL;
    long long count, task;
    if (!PyArg_ParseTuple(arguments, "O&sLL|z", PyUnicode_FSConverter, &path, &job, &count, &task, &sources)) return NULL;
    colonnade_error error;
    const char *bytes = PyBytes_AsString(path);
    int64_t number;
    Py_BEGIN_ALLOW_THREADS
    number = colonnade_task_rows(bytes, job, task, count, sources, &error);
    Py_END_ALLOW_THREADS
    Py_DECREF(path);
    if (number == -2) Py_RETURN_NONE;
    return number < 0 ? core_raise(&error) : PyLong_FromLongLong(number);
}

/* Converts an argument to the bytes of a path, or NULL for None; releases it when called with NULL. */
static int convert_path(PyObject *object, void *place) {
    if (object != Py_None) return PyUnicode_FSConverter(object, place);
    *(PyObject **)place = NULL;
    return 1;
}

static PyObject *csv(PyObject *module, PyObject *arguments) {
    (void)module;
    PyObject *path = NULL;
    const char *data, *name, *separator, *quote;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(arguments, "O&z#sss", convert_path, &path, &data, &size, &name, &separator, &quote)) return NULL;
    colonnade_error error;
    colonnade_pipeline *handle;
    const char *bytes = path ? PyBytes_AsString(path) : NULL;
    Py_BEGIN_ALLOW_THREADS
    handle = colonnade_csv(bytes, data, data ? (size_t)size : 0, name, separator, quote, &error);
    Py_END_ALLOW_THREADS
    Py_XDECREF(path);
    return core_pipeline_make(handle, &error);
}

static PyObject *lines(PyObject *module, PyObject *arguments) {
    (void)module;
    PyObject *path = NULL;
    const char *data, *name, *key;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(arguments, "O&z#ss", convert_path, &path, &data, &size, &name, &key)) return NULL;
    colonnade_error error;
    colonnade_pipeline *handle;
    const char *bytes = path ? PyBytes_AsString(path) : NULL;
    Py_BEGIN_ALLOW_THREADS
    handle = colonnade_lines(bytes, data, data ? (size_t)size : 0, name, key, &error);
    Py_END_ALLOW_THREADS
    Py_XDECREF(path);
    return core_pipeline_make(handle, &error);
}

static PyObject *files_of_tar(PyObject *module, PyObject *arguments) {
    (void)module;
    PyObject *path = NULL;
    int is_nested;
    if (!PyArg_ParseTuple(arguments, "O&p", PyUnicode_FSConverter, &path, &is_nested)) return NULL;
    colonnade_error error;
    colonnade_pipeline *handle;
    const char *bytes = PyBytes_AsString(path);
    Py_BEGIN_ALLOW_THREADS
    handle = colonnade_files_of_tar(bytes, is_nested != 0, &error);
    Py_END_ALLOW_THREADS
    Py_DECREF(path);
    return core_pipeline_make(handle, &error);
}

static PyObject *set_convert(PyObject *module, PyObject *function) {
    (void)module;
    Py_XDECREF(core_convert);
    core_convert = Py_NewRef(function);
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"version", version, METH_NOARGS, "The version of the Swift core."},
    {"abi_version", abi_version, METH_NOARGS, "The version of its C interface."},
    {"generation", generation, METH_NOARGS, "A number that differs in each forked child."},
    {"end_idle_threads", end_idle_threads, METH_NOARGS, "Ends the threads that wait for another pass."},
    {"open", open_file, METH_VARARGS, "open(path, verify, copy, version, tag): the rows of a file or of a version."},
    {"newest_version", newest_version, METH_VARARGS, "newest_version(path): the number of a version; 0 for a file."},
    {"drop_columns", drop_columns, METH_VARARGS, "drop_columns(path, names): the new version."},
    {"rename_columns", rename_columns, METH_VARARGS, "rename_columns(path, [old, new, …]): the new version."},
    {"set_labels", set_labels, METH_VARARGS, "set_labels(path, labels, column): the new version."},
    {"commit", commit, METH_VARARGS, "commit(path, job, tasks): the newest version; 0 tasks for an unknown number."},
    {"commit_new", commit_new, METH_VARARGS, "commit_new(path, job, tasks): the rows of all tasks as a new data set; their number."},
    {"discard_job", discard_job, METH_VARARGS, "discard_job(path, job, removes_folder): removes what a job has written."},
    {"task_rows", task_rows, METH_VARARGS, "task_rows(path, job, tasks, task): the rows of a finished task, or None."},
    {"samples", core_samples, METH_VARARGS, "samples(list, convert): dicts in memory."},
    {"iterable", core_iterable, METH_VARARGS, "iterable(factory, convert): dicts of an iterable."},
    {"csv", csv, METH_VARARGS, "csv(path, data, name, separator, quote): records as bytes."},
    {"files_of_tar", files_of_tar, METH_VARARGS, "files_of_tar(path, nested): the names of files in a tar archive."},
    {"lines", lines, METH_VARARGS, "lines(path, data, name, key): lines as bytes."},
    {"ingest_arrow", (PyCFunction)(void *)core_ingest_arrow, METH_VARARGS | METH_KEYWORDS,
     "ingest_arrow(capsule, path, *, progress, **options): a stream of Arrow into a new file."},
    {"ingest_files", (PyCFunction)(void *)core_ingest_files, METH_VARARGS | METH_KEYWORDS,
     "ingest_files(path, *, sources, progress, **options): files that the core reads into a new file."},
    {"pack", core_pack, METH_VARARGS, "pack(source, version, tag, target, replacing): the number of rows."},
    {"verify", core_verify, METH_VARARGS, "verify(path, media): the problems of a file, a line each."},
    {"from_plan", core_from_plan, METH_VARARGS,
     "from_plan(text, make=None): the pipeline of a plan; make(object, given, operation, arguments) makes steps with objects."},
    {"operations", core_operations, METH_NOARGS, "The table of the operations that Pipeline.apply knows."},
    {"operations_document", core_operations_document, METH_NOARGS, "The same as Markdown: docs/c-operations.md."},
    {"make_tokenizer", (PyCFunction)(void *)core_make_tokenizer, METH_VARARGS | METH_KEYWORDS,
     "make_tokenizer(operation, **arguments): the tokenizer of an operation, as a capsule."},
    {"tokenize", core_tokenize, METH_VARARGS, "tokenize(tokenizer, data, seed): the ids of the tokens of bytes."},
    {"tokenize_all_ways", core_tokenize_all_ways, METH_VARARGS,
     "tokenize_all_ways(tokenizer, data): lists of (end, id) by start, for all ways to tokenize bytes."},
    {"sentencepiece", core_sentencepiece, METH_O, "sentencepiece(data): (bytes, score, kind) of the pieces of a model."},
    {"set_convert", set_convert, METH_O, "Sets the function that makes an array of a value that C cannot read directly."},
    {"set_error_classes", core_set_error_classes, METH_O, "Sets the class of each error code."},
    {NULL, NULL, 0, NULL},
};

static int execute(PyObject *module) {
    if (colonnade_abi_version() != COLONNADE_ABI_VERSION) {
        PyErr_Format(PyExc_ImportError, "colonnade._core was built for version %u of the C interface and got %u",
                     COLONNADE_ABI_VERSION, colonnade_abi_version());
        return -1;
    }
    if (core_state_init() < 0 || core_numpy_init() < 0 || core_threads_init() < 0 || core_memory_init(module) < 0) return -1;
    if (core_pipeline_init(module) < 0 || core_pass_init(module) < 0) return -1;
    return core_writer_init(module) < 0 || core_exclusive_init(module) < 0 ? -1 : 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)execute},
    {0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "colonnade._core",
    .m_doc = "The Swift core. Private: use the package colonnade.",
    .m_size = 0,
    .m_methods = functions,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__core(void) { return PyModuleDef_Init(&definition); }
