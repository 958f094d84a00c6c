/* SPDX-License-Identifier: Apache-2.0 */

/* Samples in memory: large arrays are shared, and small ones copied into one block. */

#include "core.h"

#include <stdlib.h>
#include <string.h>

/* Rows up to this size are copied: a reference to each would need as many bytes. */
enum { SMALL = 128, ARENA_BLOCK = 1 << 20 };

typedef struct arena {
    struct arena *before;
    size_t used, size;
    char bytes[];
} arena;

/* The objects that the core keeps alive as long as the samples are used. */
typedef struct kept {
    arena *memory;
    PyObject *arrays;
} kept;

static void *take(kept *all, size_t size) {
    size_t wanted = (size + 15) & ~(size_t)15;
    if (!all->memory || all->memory->size - all->memory->used < wanted) {
        size_t capacity = wanted > ARENA_BLOCK ? wanted : ARENA_BLOCK;
        arena *block = malloc(sizeof *block + capacity);
        if (!block) {
            PyErr_NoMemory();
            return NULL;
        }
        *block = (arena){.before = all->memory, .size = capacity};
        all->memory = block;
    }
    void *memory = all->memory->bytes + all->memory->used;
    all->memory->used += wanted;
    return memory;
}

static void let_go(void *owner) {
    kept *all = owner;
    while (all->memory) {
        arena *before = all->memory->before;
        free(all->memory);
        all->memory = before;
    }
    core_drop(all->arrays);
    free(all);
}

typedef struct column {
    PyObject *key;
    colonnade_field field;
    void **rows;
    /* The shapes of all rows, once a row has another shape than the first. */
    int64_t *shapes;
    size_t row_bytes;
    bool is_small;
    /* Whether all rows so far are empty lists, whose data type is open. */
    bool is_open;
} column;

typedef struct table {
    column *columns;
    Py_ssize_t column_count, count;
    kept *all;
} table;

static void clear(table *table) {
    for (Py_ssize_t index = 0; table->columns && index < table->column_count; index++) {
        column *column = &table->columns[index];
        Py_XDECREF(column->key);
        free(column->rows);
        free(column->shapes);
    }
    free(table->columns);
}

static int note_shape(column *column, Py_ssize_t row, Py_ssize_t count, const core_value *value) {
    int32_t rank = value->rank;
    /* Text always varies by row, even if all texts have one length. */
    if (!column->shapes && value->kind != COLONNADE_KIND_STRING && memcmp(column->field.shape, value->shape, (size_t)rank * sizeof *value->shape) == 0) return 0;
    if (!column->shapes) {
        column->shapes = malloc((size_t)count * (size_t)(rank ? rank : 1) * sizeof *column->shapes);
        if (!column->shapes) {
            PyErr_NoMemory();
            return -1;
        }
        for (Py_ssize_t before = 0; before < row; before++)
            memcpy(column->shapes + before * rank, column->field.shape, (size_t)rank * sizeof *column->shapes);
    }
    memcpy(column->shapes + row * rank, value->shape, (size_t)rank * sizeof *column->shapes);
    return 0;
}

/* Gives an empty list the data type and dimensions of the other rows, or the other way round. */
static void fit_empty_lists(column *column, core_value *value, PyObject *object) {
    colonnade_field *field = &column->field;
    bool is_empty = core_is_empty_list(value, object);
    if (is_empty && field->kind == COLONNADE_KIND_TENSOR && field->rank > 0) {
        value->dtype = field->dtype;
        value->rank = field->rank;
        memcpy(value->shape + 1, field->shape + 1, (size_t)(field->rank - 1) * sizeof *value->shape);
    } else if (!is_empty && column->is_open && value->kind == COLONNADE_KIND_TENSOR && value->rank > 0) {
        field->dtype = value->dtype;
        field->rank = value->rank;
        memcpy(field->shape + 1, value->shape + 1, (size_t)(value->rank - 1) * sizeof *value->shape);
    }
    column->is_open = column->is_open && is_empty;
}

/* Shares the memory of a large value, and copies that of a small one. */
static int keep_value(table *table, column *column, Py_ssize_t row, const core_value *value) {
    if (value->is_shareable && value->byte_count > SMALL) {
        column->rows[row] = (void *)value->data;
        return PyList_Append(table->all->arrays, value->owner);
    }
    void *memory = take(table->all, value->byte_count);
    if (!memory) return -1;
    memcpy(memory, value->data, value->byte_count);
    column->rows[row] = memory;
    return 0;
}

static int add_value(table *table, column *column, Py_ssize_t row, PyObject *object, PyObject *convert) {
    core_value value;
    if (core_value_get_of(&value, object, convert, column->key) < 0) return -1;
    int code = 0;
    if (row > 0) fit_empty_lists(column, &value, object);
    if (row == 0) {
        column->is_open = core_is_empty_list(&value, object);
        column->field.kind = value.kind;
        column->field.dtype = value.dtype;
        column->field.rank = value.rank;
        memcpy(column->field.shape, value.shape, (size_t)value.rank * sizeof *value.shape);
        column->row_bytes = value.byte_count;
        column->is_small = value.byte_count <= SMALL;
    } else if (value.kind != column->field.kind || value.dtype != column->field.dtype || value.rank != column->field.rank) {
        PyErr_Format(
            core_error_class(COLONNADE_INVALID_ARGUMENT), "it is %s with %d dimensions, but %s with %d in the first sample: all samples need the same",
            core_value_name(value.kind, value.dtype), (int)value.rank, core_value_name(column->field.kind, column->field.dtype),
            (int)column->field.rank);
        code = -1;
    }
    if (code == 0) code = note_shape(column, row, table->count, &value);
    if (code == 0) code = keep_value(table, column, row, &value);
    core_value_clear(&value);
    return code;
}

static int begin_columns(table *table, PyObject *first) {
    table->column_count = PyDict_Size(first);
    table->columns = calloc((size_t)table->column_count, sizeof *table->columns);
    if (!table->columns) {
        PyErr_NoMemory();
        return -1;
    }
    PyObject *key, *value;
    Py_ssize_t at = 0, index = 0;
    while (PyDict_Next(first, &at, &key, &value)) {
        column *column = &table->columns[index++];
        column->key = PyBytes_Check(key) ? PyUnicode_FromEncodedObject(key, "utf-8", "strict") : Py_NewRef(key);
        if (column->key && !PyUnicode_Check(column->key)) {
            PyErr_Format(PyExc_TypeError, "keys are str, not %R", key);
            return -1;
        }
        column->field.name = column->key ? core_text(column->key) : NULL;
        column->rows = malloc((size_t)table->count * sizeof *column->rows);
        if (!column->field.name) return -1;
        if (!column->rows) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

static int add_sample(table *table, Py_ssize_t row, PyObject *sample, PyObject *convert) {
    if (!PyDict_Check(sample)) {
        PyErr_Format(PyExc_TypeError, "row %zd is %R, not a dict", row, (PyObject *)Py_TYPE(sample));
        return -1;
    }
    if (PyDict_Size(sample) == 0) {
        PyObject *message = PyUnicode_FromFormat("unexpected empty sample: row %zd has no key", row);
        colonnade_error error = {.code = COLONNADE_INVALID_ARGUMENT, .row = -1};
        const char *text = message ? core_text(message) : NULL;
        if (text) strncpy(error.message, text, sizeof error.message - 1);
        Py_XDECREF(message);
        if (text) core_raise(&error);
        return -1;
    }
    if (row == 0 && begin_columns(table, sample) < 0) return -1;
    for (Py_ssize_t index = 0; index < table->column_count; index++) {
        column *column = &table->columns[index];
        PyObject *value = PyDict_GetItemWithError(sample, column->key);
        if (!value && !PyErr_Occurred()) {
            PyObject *bytes = PyUnicode_AsUTF8String(column->key);
            value = bytes ? PyDict_GetItemWithError(sample, bytes) : NULL;
            Py_XDECREF(bytes);
        }
        if (!value && !PyErr_Occurred()) {
            PyErr_SetString(
                core_error_class(COLONNADE_INVALID_ARGUMENT),
                "this sample lacks the key, which the first sample has: all samples need the same keys");
        }
        if (!value || add_value(table, column, row, value, convert) < 0) {
            core_reword("row %zd, key %R", row, column->key);
            return -1;
        }
    }
    if (PyDict_Size(sample) == table->column_count) return 0;
    PyObject *keys = PyDict_Keys(sample);
    PyErr_Format(core_error_class(COLONNADE_INVALID_ARGUMENT), "row %zd has the keys %R, but the first sample has others: all samples need the same keys", row, keys);
    Py_XDECREF(keys);
    return -1;
}

/* Copies small rows of one shape into contiguous memory. */
static int finish_column(table *table, column *column, colonnade_column *made) {
    made->field = column->field;
    if (column->shapes) {
        for (int32_t index = 0; index < column->field.rank; index++) {
            for (Py_ssize_t row = 1; row < table->count; row++) {
                const int64_t *shapes = column->shapes;
                if (shapes[row * column->field.rank + index] != shapes[index]) made->field.shape[index] = -1;
            }
            if (column->field.kind == COLONNADE_KIND_STRING) made->field.shape[index] = -1;
        }
    } else if (column->is_small) {
        char *memory = take(table->all, column->row_bytes * (size_t)table->count);
        if (!memory) return -1;
        for (Py_ssize_t row = 0; row < table->count; row++)
            memcpy(memory + (size_t)row * column->row_bytes, column->rows[row], column->row_bytes);
        made->data = memory;
        return 0;
    }
    made->rows = (void *const *)column->rows;
    made->shapes = column->shapes;
    return 0;
}

static kept *begin_kept(void) {
    kept *all = calloc(1, sizeof *all);
    if (!all) {
        PyErr_NoMemory();
        return NULL;
    }
    all->arrays = PyList_New(0);
    if (all->arrays) return all;
    free(all);
    return NULL;
}

/* Passes columns to the core, with the objects that keep them alive. */
static PyObject *hand_over(const colonnade_column *columns, Py_ssize_t column_count, Py_ssize_t count, kept *all) {
    colonnade_error error;
    colonnade_pipeline *handle;
    Py_BEGIN_ALLOW_THREADS
    handle = colonnade_from_columns(columns, (size_t)column_count, count, all, let_go, &error);
    Py_END_ALLOW_THREADS
    return core_pipeline_make(handle, &error);
}

PyObject *core_samples(PyObject *module, PyObject *arguments) {
    (void)module;
    PyObject *list, *convert;
    if (!PyArg_ParseTuple(arguments, "OO", &list, &convert)) return NULL;
    if (!PyList_Check(list)) {
        PyErr_Format(PyExc_TypeError, "expected a list of dicts, not %R", (PyObject *)Py_TYPE(list));
        return NULL;
    }
    table table = {.count = PyList_Size(list), .all = begin_kept()};
    if (!table.all) return NULL;
    int code = 0;
    for (Py_ssize_t row = 0; row < table.count && code == 0; row++) {
        /* A conversion may run code that changes the list. */
        PyObject *sample = PyList_GetItem(list, row);
        Py_XINCREF(sample);
        code = sample ? add_sample(&table, row, sample, convert) : -1;
        Py_XDECREF(sample);
    }
    colonnade_column *made = code == 0 ? calloc((size_t)table.column_count + 1, sizeof *made) : NULL;
    for (Py_ssize_t index = 0; made && code == 0 && index < table.column_count; index++)
        code = finish_column(&table, &table.columns[index], &made[index]);
    PyObject *pipeline = NULL;
    if (made && code == 0) pipeline = hand_over(made, table.column_count, table.count, table.all);
    else let_go(table.all);
    free(made);
    clear(&table);
    return pipeline;
}
