/* SPDX-License-Identifier: Apache-2.0 */

/* Functions of the user, called by threads of the core: with the GIL, and for many samples while it is held. */

#include "core.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PROBED = 16 };

/* What takes less for a sample is called by one thread at a time, in nanoseconds: NumPy lets go of the GIL in every operation, and
 * threads that snatch it from each other there cost more than such a function. What takes longer may do its work, or its waiting,
 * without the GIL. */
static const long long CHEAP = 50000;

typedef struct function function;
typedef struct rows rows;

/* One sample: -1 with the error set, or with an exception that says what went wrong. */
typedef int row_call(const function *self, const rows *rows, int64_t row);

struct function {
    PyObject *callable;
    /* What is done with each sample; nothing of a function on buffers. */
    row_call *call;
    pthread_mutex_t turn;
    /* What a sample took of late; 0 in the beginning. */
    atomic_llong cost;
    /* The pipeline whose samples it gets: names and kinds of its inputs. */
    core_pipeline *inputs;
    /* Of a function of one key: which field, and whether it gets epoch and row as well. */
    size_t key;
    bool is_identified;
    /* Names of what it makes, for functions of whole samples. */
    PyObject *outputs;
    /* The kind of each value that it makes. */
    int32_t *kinds;
};

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void release(void *context) {
    function *self = context;
    PyGILState_STATE state;
    if (!self || !core_enter(&state)) return;
    Py_XDECREF(self->callable);
    Py_XDECREF((PyObject *)self->inputs);
    Py_XDECREF(self->outputs);
    free(self->kinds);
    pthread_mutex_destroy(&self->turn);
    free(self);
    core_leave(state);
}

/* An array over memory that the core lends. */
static PyObject *lent(const colonnade_tensor *tensor, const colonnade_field *field) {
    colonnade_tensor own = *tensor;
    own.owner = colonnade_retain(tensor->owner);
    own.is_own = true;
    return core_array(&own, field);
}

/* One call of the core, for several samples. */
typedef struct turn {
    function *function;
    PyGILState_STATE state;
    long long start;
    bool is_alone;
} turn;

/* Functions that this thread is in: one may read samples that another makes, or that it makes itself. */
static _Thread_local int depth;
enum { MOST_NESTED = 32 };

/* Waits for a function's turn, but not for ever: taking turns only saves time, and whoever has it may wait for this thread. */
static bool take_turn(pthread_mutex_t *mutex) {
    if (pthread_mutex_trylock(mutex) == 0) return true;
#ifdef __APPLE__
    /* There is no lock with a limit. */
    for (int waited = 0; waited < 10000; waited++) {
        struct timespec moment = {.tv_nsec = 100000};
        nanosleep(&moment, NULL);
        if (pthread_mutex_trylock(mutex) == 0) return true;
    }
    return false;
#else
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 1;
    return pthread_mutex_timedlock(mutex, &until) == 0;
#endif
}

/* False, with the error set, once the interpreter ends, or functions call each other without an end. */
static bool begin_turn(turn *turn, function *function, colonnade_error *error) {
    if (depth == MOST_NESTED) {
        error->code = COLONNADE_USER_FUNCTION;
        strcpy(error->message, "a function reads samples that it makes itself, again and again: read those that it is given");
        return false;
    }
    turn->function = function;
    turn->is_alone = depth == 0 && atomic_load(&function->cost) < CHEAP && take_turn(&function->turn);
    if (core_enter(&turn->state)) {
        depth++;
        turn->start = now();
        return true;
    }
    if (turn->is_alone) pthread_mutex_unlock(&function->turn);
    error->code = COLONNADE_CANCELLED;
    strcpy(error->message, "the interpreter is ending");
    return false;
}

static void end_turn(turn *turn, int64_t count) {
    long long cost = (now() - turn->start) / (count > 0 ? count : 1);
    core_leave(turn->state);
    depth--;
    atomic_store(&turn->function->cost, (3 * atomic_load(&turn->function->cost) + cost) / 4);
    if (turn->is_alone) pthread_mutex_unlock(&turn->function->turn);
}

/* What a call of the core is about: samples that come one after the other, and where their results go. */
struct rows {
    int64_t count;
    const colonnade_tensor *inputs;
    colonnade_results *results;
    colonnade_error *error;
};

/* What the core calls. */
static int32_t call_rows(
    void *context, int64_t count, const colonnade_tensor *inputs, size_t input_count, colonnade_results *results,
    colonnade_error *error) {
    (void)input_count;
    function *self = context;
    rows rows = {.count = count, .inputs = inputs, .results = results, .error = error};
    turn turn;
    if (!begin_turn(&turn, self, error)) return -1;
    int32_t code = 0;
    for (int64_t row = 0; row < count && code == 0; row++) {
        code = self->call(self, &rows, row);
        /* Functions that are written in C do not look after signals, and a batch may be large. */
        if (code == 0 && row % 16 == 15) code = PyErr_CheckSignals();
        if (PyErr_Occurred()) core_store_exception(error, row);
    }
    end_turn(&turn, count);
    return code;
}

/* The result of the function for an argument, which is let go of. */
static PyObject *call_with(const function *self, PyObject *argument) {
    PyObject *result = argument ? PyObject_CallFunctionObjArgs(self->callable, argument, NULL) : NULL;
    Py_XDECREF(argument);
    return result;
}

/* The result, or NULL with an exception where it is None: what functions give that forget to return. */
static PyObject *returned(PyObject *result, const char *wanted) {
    if (result != Py_None) return result;
    Py_DECREF(result);
    PyErr_Format(
        core_error_class(COLONNADE_INVALID_ARGUMENT), "the function returned None, and %s is wanted: end it with a return statement", wanted);
    return NULL;
}

/* The result of a function of one key, for the sample of that row and epoch. */
static PyObject *value_of(const function *self, PyObject *argument, int64_t epoch, int64_t row) {
    if (!self->is_identified) return returned(call_with(self, argument), "a value");
    PyObject *result = argument ? PyObject_CallFunction(self->callable, "OLL", argument, (long long)epoch, (long long)row) : NULL;
    Py_XDECREF(argument);
    return returned(result, "a value");
}

/* function(array) -> value */
static int key_of_row(const function *self, const rows *rows, int64_t row) {
    int64_t number = 0, epoch = 0;
    if (self->is_identified) colonnade_identity(rows->results, row, &number, &epoch);
    PyObject *array = lent(rows->inputs + row, colonnade_field_at(self->inputs->handle, self->key));
    PyObject *result = value_of(self, array, epoch, number);
    int code = result ? core_put(rows->results, row, 0, self->kinds[0], result, core_convert, NULL, rows->error) : -1;
    Py_XDECREF(result);
    return code;
}

static PyObject *sample_of(const function *self, const rows *rows, int64_t row) {
    PyObject *sample = PyDict_New();
    size_t fields = colonnade_field_count(self->inputs->handle);
    for (size_t index = 0; sample && index < fields; index++) {
        PyObject *array = lent(rows->inputs + (int64_t)index * rows->count + row, colonnade_field_at(self->inputs->handle, index));
        PyObject *name = PyTuple_GetItem(self->inputs->keys, (Py_ssize_t)index);
        if (!array || PyDict_SetItem(sample, name, array) < 0) Py_CLEAR(sample);
        Py_XDECREF(array);
    }
    return sample;
}

/* The dict that a function of samples gives. */
static PyObject *dict_of(const function *self, PyObject *sample) {
    PyObject *made = call_with(self, sample);
    if (made && !PyDict_Check(made)) {
        PyErr_Format(PyExc_TypeError, "the function gave %R, and a dict is wanted", (PyObject *)Py_TYPE(made));
        Py_CLEAR(made);
    }
    return made;
}

/* Whether a function of samples answers with yes; -1 with an exception. */
static int answer_of(const function *self, PyObject *sample) {
    PyObject *answer = returned(call_with(self, sample), "True or False");
    int is_true = answer ? PyObject_IsTrue(answer) : -1;
    Py_XDECREF(answer);
    return is_true;
}

/* Puts the values of a dict; nothing at all for an empty one. */
static int put_sample(const function *self, const rows *rows, int64_t row, PyObject *made) {
    if (PyDict_Size(made) == 0) return 0;
    Py_ssize_t count = PyTuple_Size(self->outputs);
    for (Py_ssize_t index = 0; index < count; index++) {
        PyObject *name = PyTuple_GetItem(self->outputs, index);
        PyObject *value = PyDict_GetItemWithError(made, name);
        if (!value) {
            if (!PyErr_Occurred())
                PyErr_Format(core_error_class(COLONNADE_INVALID_ARGUMENT), "the function gave no key %R, and did for the first sample", name);
            return -1;
        }
        if (core_put(rows->results, row, (size_t)index, self->kinds[index], value, core_convert, NULL, rows->error) < 0) return -1;
    }
    if (PyDict_Size(made) == count) return 0;
    PyObject *keys = PyDict_Keys(made);
    PyErr_Format(
        core_error_class(COLONNADE_INVALID_ARGUMENT), "the function gave the keys %R, and %R for the first sample", keys, self->outputs);
    Py_XDECREF(keys);
    return -1;
}

/* function(dict) -> dict */
static int sample_of_row(const function *self, const rows *rows, int64_t row) {
    PyObject *made = dict_of(self, sample_of(self, rows, row));
    int code = made ? put_sample(self, rows, row, made) : -1;
    Py_XDECREF(made);
    return code;
}

/* function(dict) -> bool */
static int condition_of_row(const function *self, const rows *rows, int64_t row) {
    int is_true = answer_of(self, sample_of(self, rows, row));
    if (is_true < 0) return -1;
    unsigned char *memory = colonnade_put(rows->results, row, 0, COLONNADE_BOOL, 0, NULL, rows->error);
    if (!memory) return -1;
    *memory = (unsigned char)is_true;
    return 0;
}

/* function(bytes, name) -> bytes, of a file that the core cannot unpack */
static int unpacked_of_row(const function *self, const rows *rows, int64_t row) {
    const colonnade_tensor *packed = rows->inputs, *name = rows->inputs + 1;
    PyObject *bytes = PyBytes_FromStringAndSize(packed->data, (Py_ssize_t)packed->shape[0]);
    PyObject *text = bytes ? PyUnicode_DecodeUTF8(name->data, (Py_ssize_t)name->shape[0], "replace") : NULL;
    PyObject *made = text ? PyObject_CallFunctionObjArgs(self->callable, bytes, text, NULL) : NULL;
    Py_XDECREF(bytes);
    Py_XDECREF(text);
    char *content;
    Py_ssize_t count;
    int code = -1;
    if (made && PyBytes_AsStringAndSize(made, &content, &count) == 0) {
        int64_t shape = count;
        void *memory = colonnade_put(rows->results, row, 0, COLONNADE_UINT8, 1, &shape, rows->error);
        if (memory) memcpy(memory, content, (size_t)count);
        code = memory ? 0 : -1;
    }
    Py_XDECREF(made);
    return code;
}

/* function(Pipeline) -> Pipeline. */
static colonnade_pipeline *call_on_buffer(void *context, colonnade_pipeline *given, colonnade_error *error) {
    function *self = context;
    turn turn;
    if (!begin_turn(&turn, self, error)) return NULL;
    colonnade_pipeline *handle = NULL;
    PyObject *buffer = core_pipeline_make(colonnade_retain(given), error);
    PyObject *made = buffer ? PyObject_CallFunctionObjArgs(self->callable, buffer, NULL) : NULL;
    Py_XDECREF(buffer);
    if (made && (PyObject *)Py_TYPE(made) == (PyObject *)core_pipeline_type) {
        handle = colonnade_retain(((core_pipeline *)made)->handle);
    } else {
        if (made) PyErr_Format(PyExc_TypeError, "the function gave %R, and a Buffer is wanted", (PyObject *)Py_TYPE(made));
        core_store_exception(error, 0);
    }
    Py_XDECREF(made);
    end_turn(&turn, 1);
    return handle;
}

/* --- What a function makes, learned from the first sample that is none of its errors --- */

/* A field of a value's kind, data type and rank: every dimension may vary. */
static void say_field(colonnade_field *field, const char *name, const core_value *value) {
    *field = (colonnade_field){.name = name, .kind = value->kind, .dtype = value->dtype, .rank = value->rank};
    for (int32_t index = 0; index < value->rank; index++) field->shape[index] = -1;
}

int core_fields_of(PyObject *sample, PyObject *convert, PyObject **keys, colonnade_field **fields) {
    Py_ssize_t count = PyDict_Size(sample), at = 0, index = 0;
    *fields = PyMem_Calloc((size_t)count + 1, sizeof **fields);
    *keys = PyTuple_New(count);
    if (!*fields && !PyErr_Occurred()) PyErr_NoMemory();
    PyObject *key, *object;
    while (*fields && *keys && PyDict_Next(sample, &at, &key, &object)) {
        core_value value;
        const char *name = PyUnicode_Check(key) ? core_text(key) : NULL;
        if (!name && !PyErr_Occurred()) PyErr_Format(PyExc_TypeError, "keys are str, not %R", key);
        if (!name || core_value_get(&value, object, convert) < 0) break;
        say_field(*fields + index, name, &value);
        core_value_clear(&value);
        PyTuple_SetItem(*keys, index++, Py_NewRef(key));
    }
    return PyErr_Occurred() ? -1 : 0;
}

/* The pipeline without its first samples; NULL, without an exception, where that cannot be. */
static colonnade_pipeline *without_first(core_pipeline *pipeline, int64_t count) {
    const colonnade_argument length = {.name = "length", .kind = COLONNADE_INTEGER, .count = 1, .integers = &count};
    return count == 0 ? colonnade_retain(pipeline->handle) : colonnade_apply(pipeline->handle, "drop_first", &length, 1, NULL);
}

/* The sample of that index as a dict: 1, or 0 if there is none, or -1 with an exception. */
static int sample_at(core_pipeline *pipeline, int64_t index, PyObject **sample) {
    size_t count = colonnade_field_count(pipeline->handle);
    colonnade_tensor *tensors = PyMem_Calloc(count ? count : 1, sizeof *tensors);
    if (!tensors) {
        PyErr_NoMemory();
        return -1;
    }
    colonnade_error error;
    colonnade_pipeline *rest;
    int32_t code = 0;
    core_look(true);
    Py_BEGIN_ALLOW_THREADS
    rest = without_first(pipeline, index);
    if (rest) code = colonnade_first(rest, 1, tensors, &error);
    colonnade_release(rest);
    Py_END_ALLOW_THREADS
    core_look(false);
    if (code == 1) {
        for (size_t field = 0; field < count; field++) tensors[field].is_own = true;
        *sample = core_sample(tensors, pipeline->handle, pipeline->keys);
        code = *sample ? 1 : -1;
    } else if (code < 0) {
        core_raise(&error);
    }
    PyMem_Free(tensors);
    return code;
}

/* The first sample from that index on that is none of its own errors, and its index; NULL without an exception where there is none
 * among those that are tried, and with one that is no error, such as Ctrl-C. */
static PyObject *first_sample(core_pipeline *pipeline, int64_t *index) {
    for (; *index < PROBED; ++*index) {
        PyObject *sample = NULL;
        int code = sample_at(pipeline, *index, &sample);
        if (code == 1) return sample;
        if (code == 0 || !PyErr_ExceptionMatches(PyExc_Exception)) return NULL;
        PyErr_Clear();
    }
    return NULL;
}

/* Adds to the exception that is set that the function was only tried. */
static void say_tried(void) {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    PyObject *done = value ? PyObject_CallMethod(
        value, "add_note", "s", "while Colonnade tried the function on the first sample, to learn what it gives") : NULL;
    Py_XDECREF(done);
    PyErr_Clear();
    PyErr_Restore(type, value, traceback);
}

static int note_kinds(function *self, const colonnade_field *fields, size_t count) {
    self->kinds = calloc(count ? count : 1, sizeof *self->kinds);
    if (!self->kinds) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t index = 0; index < count; index++) self->kinds[index] = fields[index].kind;
    return 0;
}

/* What is promised of a function of one key: what it makes of the first sample, or what it gets where there is none. */
static int learn_key(core_pipeline *pipeline, function *self, const char *name, colonnade_field *field) {
    int64_t index = 0;
    int code = -1;
    PyObject *array = NULL, *result = NULL;
    PyObject *sample = first_sample(pipeline, &index);
    if (!sample && PyErr_Occurred()) goto done;
    if (sample) {
        PyObject *value = PyDict_GetItemWithError(sample, PyTuple_GetItem(pipeline->keys, (Py_ssize_t)self->key));
        /* Views of a file are not to be written to. */
        array = value && !PyUnicode_Check(value) ? PyObject_CallMethod(value, "copy", NULL) : Py_XNewRef(value);
        result = array ? value_of(self, Py_NewRef(array), 0, 0) : NULL;
        core_value made;
        if (!result || core_value_get(&made, result, core_convert) < 0) {
            say_tried();
            goto done;
        }
        say_field(field, name, &made);
        core_value_clear(&made);
    } else {
        const colonnade_field *given = colonnade_field_at(pipeline->handle, self->key);
        *field = (colonnade_field){.name = name, .dtype = given->dtype, .rank = given->rank};
        if (given->kind == COLONNADE_KIND_STRING) field->kind = given->kind;
        for (int32_t dimension = 0; dimension < field->rank; dimension++) field->shape[dimension] = -1;
    }
    code = note_kinds(self, field, 1);
done:
    Py_XDECREF(result);
    Py_XDECREF(array);
    Py_XDECREF(sample);
    return code;
}

/* What is promised of a function of samples: what it makes of the first that it does not drop, or what it gets where there is none. */
static int learn_sample(core_pipeline *pipeline, function *self, colonnade_field **fields, size_t *count) {
    bool may_drop = colonnade_is_stream(pipeline->handle);
    int code = -1;
    PyObject *made = NULL;
    for (int64_t index = 0; !made && index < PROBED; index++) {
        PyObject *sample = first_sample(pipeline, &index);
        if (!sample) break;
        made = dict_of(self, sample);
        if (made && PyDict_Size(made) == 0 && !may_drop)
            PyErr_SetString(
                core_error_class(COLONNADE_INVALID_ARGUMENT),
                "the function gave an empty dict, and a buffer keeps each of its samples: to drop some, use filter, or a stream");
        if (PyErr_Occurred()) {
            say_tried();
            break;
        }
        if (PyDict_Size(made) == 0) Py_CLEAR(made);
    }
    if (PyErr_Occurred()) goto done;
    if (made) {
        if (core_fields_of(made, core_convert, &self->outputs, fields) < 0) {
            say_tried();
            goto done;
        }
        *count = (size_t)PyDict_Size(made);
    } else {
        *count = (size_t)PyTuple_Size(pipeline->keys);
        self->outputs = Py_NewRef(pipeline->keys);
        *fields = PyMem_Calloc(*count + 1, sizeof **fields);
        if (!*fields) {
            PyErr_NoMemory();
            goto done;
        }
        for (size_t index = 0; index < *count; index++) (*fields)[index] = *colonnade_field_at(pipeline->handle, index);
    }
    code = note_kinds(self, *fields, *count);
done:
    Py_XDECREF(made);
    return code;
}

/* A filter of a buffer sees all samples at once; one of a stream is tried on the first. */
static int try_condition(core_pipeline *pipeline, function *self) {
    if (!colonnade_is_stream(pipeline->handle)) return 0;
    int64_t index = 0;
    PyObject *sample = first_sample(pipeline, &index);
    if (!sample) return PyErr_Occurred() ? -1 : 0;
    int answer = answer_of(self, sample);
    if (answer < 0) say_tried();
    return answer < 0 ? -1 : 0;
}

/* Which field a function of one key is about; -1 where there is none of that name. */
static Py_ssize_t find_key(core_pipeline *pipeline, PyObject *key) {
    Py_ssize_t count = PyTuple_Size(pipeline->keys);
    for (Py_ssize_t index = 0; index < count; index++)
        if (PyUnicode_Compare(PyTuple_GetItem(pipeline->keys, index), key) == 0) return index;
    return -1;
}

/* Sets what an operation does with a function, and what is promised of it. */
static int prepare(
    core_pipeline *pipeline, function *self, const char *operation, PyObject *output, colonnade_field **fields, size_t *field_count) {
    if (strcmp(operation, "filter") == 0) {
        self->call = condition_of_row;
        return try_condition(pipeline, self);
    }
    if (strcmp(operation, "csv_rows") == 0 || strcmp(operation, "lines_of") == 0) {
        self->call = unpacked_of_row;
        return 0;
    }
    if (strcmp(operation, "map_sample") == 0) {
        self->call = sample_of_row;
        return learn_sample(pipeline, self, fields, field_count);
    }
    self->call = key_of_row;
    self->is_identified = strcmp(operation, "map_identified") == 0;
    /* `output` is a tuple here: the key, and where its value goes. */
    Py_ssize_t index = find_key(pipeline, PyTuple_GetItem(output, 0));
    /* The core says which keys there are. */
    if (index < 0) return PyErr_Occurred() ? -1 : 0;
    const char *name = core_text(PyTuple_GetItem(output, 1));
    if (!name) return -1;
    self->key = (size_t)index;
    *fields = PyMem_Calloc(1, sizeof **fields);
    if (!*fields) {
        PyErr_NoMemory();
        return -1;
    }
    *field_count = 1;
    return learn_key(pipeline, self, name, *fields);
}

int core_function_for(
    core_pipeline *pipeline, const char *operation, PyObject *callable, PyObject *output, colonnade_function *made,
    colonnade_field **fields, size_t *field_count) {
    if (!PyCallable_Check(callable)) {
        PyErr_Format(PyExc_TypeError, "a function is wanted, not %R", (PyObject *)Py_TYPE(callable));
        return -1;
    }
    function *self = calloc(1, sizeof *self);
    if (!self) {
        PyErr_NoMemory();
        return -1;
    }
    pthread_mutex_init(&self->turn, NULL);
    self->callable = Py_NewRef(callable);
    self->inputs = (core_pipeline *)Py_NewRef((PyObject *)pipeline);
    made->context = self;
    made->release = release;
    if (strcmp(operation, "buffered") == 0) {
        made->buffer = call_on_buffer;
        return 0;
    }
    made->rows = call_rows;
    if (prepare(pipeline, self, operation, output, fields, field_count) == 0) return 0;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    release(self);
    PyErr_Restore(type, value, traceback);
    made->context = NULL;
    return -1;
}
