/* SPDX-License-Identifier: Apache-2.0 */

/* Tokenizers for texts that are not in a pipeline, and models of SentencePiece. */

#include "core.h"

static const char name[] = "colonnade._core.tokenizer";

static void release(PyObject *capsule) { colonnade_release(PyCapsule_GetPointer(capsule, name)); }

PyObject *core_tokenizer_capsule(colonnade_tokenizer *tokenizer, const colonnade_error *error) {
    if (!tokenizer) return core_raise(error);
    PyObject *capsule = PyCapsule_New(tokenizer, name, release);
    if (!capsule) colonnade_release(tokenizer);
    return capsule;
}

/* Returns int64 numbers as a list. */
static PyObject *list_of(const int64_t *numbers, size_t count) {
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t index = 0; list && index < count; index++) {
        PyObject *number = PyLong_FromLongLong(numbers[index]);
        if (!number || PyList_SetItem(list, (Py_ssize_t)index, number) < 0) Py_CLEAR(list);
    }
    return list;
}

PyObject *core_tokenize(PyObject *module, PyObject *arguments) {
    (void)module;
    PyObject *capsule, *seed;
    const char *bytes;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(arguments, "Oy#O", &capsule, &bytes, &size, &seed)) return NULL;
    colonnade_tokenizer *tokenizer = PyCapsule_GetPointer(capsule, name);
    if (!tokenizer) return NULL;
    uint64_t number = seed == Py_None ? 0 : PyLong_AsUnsignedLongLong(seed);
    if (PyErr_Occurred()) return NULL;
    colonnade_tensor ids;
    colonnade_error error;
    int32_t code;
    Py_BEGIN_ALLOW_THREADS
    code = colonnade_tokenize(tokenizer, bytes, (size_t)size, seed == Py_None ? NULL : &number, &ids, &error);
    Py_END_ALLOW_THREADS
    if (code < 0) return core_raise(&error);
    PyObject *list = list_of(ids.data, ids.byte_count / sizeof(int64_t));
    colonnade_release(ids.owner);
    return list;
}

PyObject *core_tokenize_all_ways(PyObject *module, PyObject *arguments) {
    (void)module;
    PyObject *capsule;
    const char *bytes;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(arguments, "Oy#", &capsule, &bytes, &size)) return NULL;
    colonnade_tokenizer *tokenizer = PyCapsule_GetPointer(capsule, name);
    if (!tokenizer) return NULL;
    colonnade_tensor edges;
    colonnade_error error;
    int32_t code;
    Py_BEGIN_ALLOW_THREADS
    code = colonnade_tokenize_all_ways(tokenizer, bytes, (size_t)size, &edges, &error);
    Py_END_ALLOW_THREADS
    if (code < 0) return core_raise(&error);
    PyObject *ways = PyList_New(size);
    for (Py_ssize_t index = 0; ways && index < size; index++) {
        PyObject *list = PyList_New(0);
        if (!list || PyList_SetItem(ways, index, list) < 0) Py_CLEAR(ways);
    }
    const int64_t *numbers = edges.data;
    for (size_t index = 0; ways && index < edges.byte_count / sizeof(int64_t); index += 3) {
        PyObject *edge = Py_BuildValue("LL", (long long)numbers[index + 1], (long long)numbers[index + 2]);
        if (!edge || PyList_Append(PyList_GetItem(ways, (Py_ssize_t)numbers[index]), edge) < 0) Py_CLEAR(ways);
        Py_XDECREF(edge);
    }
    colonnade_release(edges.owner);
    return ways;
}

PyObject *core_sentencepiece(PyObject *module, PyObject *data) {
    (void)module;
    char *bytes;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(data, &bytes, &size) < 0) return NULL;
    enum { TEXTS, ENDS, SCORES, KINDS, TENSORS };
    colonnade_tensor tensors[TENSORS];
    colonnade_error error;
    int32_t code;
    Py_BEGIN_ALLOW_THREADS
    code = colonnade_read_sentencepiece(bytes, (size_t)size, tensors, &error);
    Py_END_ALLOW_THREADS
    if (code < 0) return core_raise(&error);
    const char *texts = tensors[TEXTS].data;
    const int64_t *ends = tensors[ENDS].data;
    const float *scores = tensors[SCORES].data;
    const uint8_t *kinds = tensors[KINDS].data;
    size_t count = tensors[KINDS].byte_count;
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t index = 0; list && index < count; index++) {
        int64_t start = index == 0 ? 0 : ends[index - 1];
        PyObject *piece = Py_BuildValue(
            "y#di", texts + start, (Py_ssize_t)(ends[index] - start), (double)scores[index], (int)kinds[index]);
        if (!piece || PyList_SetItem(list, (Py_ssize_t)index, piece) < 0) Py_CLEAR(list);
    }
    core_release_tensors(tensors, TENSORS);
    return list;
}
