/* SPDX-License-Identifier: Apache-2.0 */

/* Functions of the user that threads of the core call, with the GIL, for many samples while it is held. */

#include "core.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Nanoseconds. One thread at a time calls functions that take less per sample: NumPy releases the GIL in every operation, and the
 * competition for it would cost more than such a function. Slower functions may work, or wait, without the GIL. */
static const long long CHEAP = 50000;

typedef struct function function;
typedef struct rows rows;

/* Makes one sample: -1 with the error set, or with an exception. */
typedef int row_call(const function *self, const rows *rows, int64_t row);

struct function {
    PyObject *callable;
    /* The work for each sample; NULL for a function on buffers. */
    row_call *call;
    pthread_mutex_t turn;
    /* The recent time per sample; 0 at first. */
    atomic_llong cost;
    /* The pipeline whose samples the function receives: names and kinds of its inputs. */
    core_pipeline *inputs;
    /* For a function of one key: its field, and whether it receives epoch and row as well. */
    size_t key;
    bool is_identified;
    /* The names of its results. */
    PyObject *outputs;
    /* The declared kind of each result, from the first sample. */
    core_promise *promises;
    /* Makes arrays of values, and remembers the modes of the pictures of each name. */
    PyObject *convert;
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
    Py_XDECREF(self->convert);
    PyMem_Free(self->promises);
    pthread_mutex_destroy(&self->turn);
    free(self);
    core_leave(state);
}

/* Releases a function, and keeps the current exception. */
static void release_after_error(function *self) {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    release(self);
    PyErr_Restore(type, value, traceback);
}

PyObject *core_callable(void *context) { return ((function *)context)->callable; }

/* Returns an array over memory that the core lends. */
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

/* The number of nested functions of this thread: one may read samples that another makes, or that it makes itself. */
static _Thread_local int depth;
enum { MOST_NESTED = 32 };

/* Waits for the lock of a function, for a limited time: the lock only saves time, and its holder may wait for this thread. */
static bool take_turn(pthread_mutex_t *mutex) {
    if (pthread_mutex_trylock(mutex) == 0) return true;
#ifdef __APPLE__
    /* This system has no lock with a time limit. */
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

/* Returns false, with the error set, once the interpreter ends, or if functions call each other endlessly. */
static bool begin_turn(turn *turn, function *function, colonnade_error *error) {
    if (depth == MOST_NESTED) {
        error->code = COLONNADE_USER_FUNCTION;
        strcpy(error->message, "a function reads the samples that it makes itself, endlessly: read those of the buffer before it");
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

/* The arguments of a call of the core: consecutive samples, and the memory of their results. */
struct rows {
    int64_t count;
    const colonnade_tensor *inputs;
    colonnade_results *results;
    colonnade_error *error;
};

/* The function that the core calls. */
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
        /* Functions in C do not handle signals, and a batch may be large. */
        if (code == 0 && row % 16 == 15) code = PyErr_CheckSignals();
        if (PyErr_Occurred()) core_store_exception(error, row);
    }
    end_turn(&turn, count);
    return code;
}

/* Returns the result of the function for an argument, whose reference is released. */
static PyObject *call_with(const function *self, PyObject *argument) {
    PyObject *result = argument ? PyObject_CallFunctionObjArgs(self->callable, argument, NULL) : NULL;
    Py_XDECREF(argument);
    return result;
}

/* Returns the result, or NULL with an exception for None, which functions without a return statement give. */
static PyObject *returned(PyObject *result, const char *wanted) {
    if (result != Py_None) return result;
    Py_DECREF(result);
    PyErr_Format(
        core_error_class(COLONNADE_INVALID_ARGUMENT), "the function returned None instead of %s: end it with a return statement", wanted);
    return NULL;
}

/* Returns the result of a function of one key, for the sample of a row and epoch. */
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
    PyObject *array = lent(rows->inputs + row, self->inputs->fields[self->key]);
    PyObject *result = value_of(self, array, epoch, number);
    PyObject *name = PyTuple_GetItem(self->outputs, 0);
    int code = result ? core_put(rows->results, row, 0, self->promises, result, self->convert, name, rows->error) : -1;
    Py_XDECREF(result);
    return code;
}

static PyObject *sample_of(const function *self, const rows *rows, int64_t row) {
    PyObject *sample = PyDict_New();
    size_t fields = self->inputs->count;
    for (size_t index = 0; sample && index < fields; index++) {
        PyObject *array = lent(rows->inputs + (int64_t)index * rows->count + row, self->inputs->fields[index]);
        PyObject *name = PyTuple_GetItem(self->inputs->keys, (Py_ssize_t)index);
        if (!array || PyDict_SetItem(sample, name, array) < 0) Py_CLEAR(sample);
        Py_XDECREF(array);
    }
    return sample;
}

/* Returns the dict that a function of samples returns. */
static PyObject *dict_of(const function *self, PyObject *sample) {
    PyObject *made = call_with(self, sample);
    if (made && !PyDict_Check(made)) {
        PyErr_Format(PyExc_TypeError, "the function returned %R, not a dict", (PyObject *)Py_TYPE(made));
        Py_CLEAR(made);
    }
    return made;
}

/* Returns whether a function of samples returns true; -1 with an exception. */
static int answer_of(const function *self, PyObject *sample) {
    PyObject *answer = returned(call_with(self, sample), "True or False");
    int is_true = answer ? PyObject_IsTrue(answer) : -1;
    Py_XDECREF(answer);
    return is_true;
}

/* Puts the values of a dict; puts nothing for an empty one. */
static int put_sample(const function *self, const rows *rows, int64_t row, PyObject *made) {
    if (PyDict_Size(made) == 0) return 0;
    Py_ssize_t count = PyTuple_Size(self->outputs);
    for (Py_ssize_t index = 0; index < count; index++) {
        PyObject *name = PyTuple_GetItem(self->outputs, index);
        PyObject *value = PyDict_GetItemWithError(made, name);
        if (!value) {
            if (!PyErr_Occurred())
                PyErr_Format(core_error_class(COLONNADE_INVALID_ARGUMENT), "the function returned no key %R, which it returned for the first sample", name);
            return -1;
        }
        const core_promise *promise = self->promises + index;
        if (core_put(rows->results, row, (size_t)index, promise, value, self->convert, name, rows->error) < 0) return -1;
    }
    if (PyDict_Size(made) == count) return 0;
    PyObject *keys = PyDict_Keys(made);
    PyErr_Format(
        core_error_class(COLONNADE_INVALID_ARGUMENT), "the function returned the keys %R, but %R for the first sample", keys, self->outputs);
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
        if (made) PyErr_Format(PyExc_TypeError, "the function returned %R, not a Buffer", (PyObject *)Py_TYPE(made));
        core_store_exception(error, 0);
    }
    Py_XDECREF(made);
    end_turn(&turn, 1);
    return handle;
}

/* --- Result types of a function, from the first sample that is not an error --- */

/* Sets a field to the kind, data type and rank of a value: every dimension may vary. */
static void say_field(colonnade_field *field, const char *name, const core_value *value) {
    *field = (colonnade_field){.name = name, .kind = value->kind, .dtype = value->dtype, .rank = value->rank};
    for (int32_t index = 0; index < value->rank; index++) field->shape[index] = -1;
}

int core_fields_of(PyObject *sample, PyObject *convert, PyObject **keys, colonnade_field **fields, core_promise **promises) {
    Py_ssize_t count = PyDict_Size(sample), at = 0, index = 0;
    *fields = PyMem_Calloc((size_t)count + 1, sizeof **fields);
    *promises = PyMem_Calloc((size_t)count + 1, sizeof **promises);
    *keys = PyTuple_New(count);
    if ((!*fields || !*promises) && !PyErr_Occurred()) PyErr_NoMemory();
    PyObject *key, *object;
    while (!PyErr_Occurred() && PyDict_Next(sample, &at, &key, &object)) {
        core_value value;
        const char *name = PyUnicode_Check(key) ? core_text(key) : NULL;
        if (!name && !PyErr_Occurred()) PyErr_Format(PyExc_TypeError, "keys are str, not %R", key);
        if (!name || core_value_get_of(&value, object, convert, key) < 0) break;
        say_field(*fields + index, name, &value);
        core_promise_of(*promises + index, &value, object);
        core_value_clear(&value);
        PyTuple_SetItem(*keys, index++, Py_NewRef(key));
    }
    return PyErr_Occurred() ? -1 : 0;
}

int core_settle(PyObject *sample, PyObject *convert, PyObject *keys, colonnade_field *fields, core_promise *promises) {
    bool is_open = false;
    for (Py_ssize_t index = 0; index < PyTuple_Size(keys); index++) {
        if (!promises[index].is_open) continue;
        PyObject *key = PyTuple_GetItem(keys, index);
        PyObject *object = PyDict_GetItemWithError(sample, key);
        core_value value;
        if (object && core_value_get_of(&value, object, convert, key) == 0) {
            say_field(fields + index, fields[index].name, &value);
            core_promise_of(promises + index, &value, object);
            core_value_clear(&value);
        }
        if (PyErr_Occurred()) return -1;
        is_open = is_open || promises[index].is_open;
    }
    return is_open;
}

/* Returns the pipeline without its first samples; NULL, without an exception, if that is impossible. */
static colonnade_pipeline *without_first(core_pipeline *pipeline, int64_t count) {
    const colonnade_argument length = {.name = "length", .kind = COLONNADE_INTEGER, .count = 1, .integers = &count};
    return count == 0 ? colonnade_retain(pipeline->handle) : colonnade_apply(pipeline->handle, "drop_first", &length, 1, NULL);
}

/* Gets the sample at an index as a dict: 1, or 0 if there is none, or -1 with an exception. */
static int sample_at(core_pipeline *pipeline, int64_t index, PyObject **sample) {
    size_t count = pipeline->count;
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
        *sample = core_sample(tensors, pipeline);
        code = *sample ? 1 : -1;
    } else if (code < 0) {
        core_raise(&error);
    }
    PyMem_Free(tensors);
    return code;
}

/* Returns the first sample from an index on that is not an error, and its index. Returns NULL without an exception if all tried
 * samples are errors; with one for an exception that is not an error, such as Ctrl-C. */
static PyObject *first_sample(core_pipeline *pipeline, int64_t *index) {
    for (; *index < CORE_PROBED; ++*index) {
        PyObject *sample = NULL;
        int code = sample_at(pipeline, *index, &sample);
        if (code == 1) return sample;
        if (code == 0 || !PyErr_ExceptionMatches(PyExc_Exception)) return NULL;
        PyErr_Clear();
    }
    return NULL;
}

/* Adds a note to the current exception that the function was only tried. */
static void say_tried(void) {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    PyObject *done = value ? PyObject_CallMethod(
        value, "add_note", "s", "while Colonnade tried the function on the first sample, to find the types of its result") : NULL;
    Py_XDECREF(done);
    PyErr_Clear();
    PyErr_Restore(type, value, traceback);
}

/* Copies the fields that a function receives, if there is no sample on which to try it. */
static int promise_inputs(const colonnade_field *fields, size_t count, core_promise **promises) {
    *promises = PyMem_Calloc(count + 1, sizeof **promises);
    if (!*promises) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t index = 0; index < count; index++) {
        const colonnade_field *field = fields + index;
        (*promises)[index] = (core_promise){.kind = field->kind, .dtype = field->dtype, .rank = field->rank};
        memcpy((*promises)[index].shape, field->shape, (size_t)field->rank * sizeof *field->shape);
    }
    return 0;
}

/* Returns the result of a function of one key for a sample, as a dict of one value; NULL with an exception. */
static PyObject *made_of_key(core_pipeline *pipeline, const function *self, PyObject *sample) {
    PyObject *value = PyDict_GetItemWithError(sample, PyTuple_GetItem(pipeline->keys, (Py_ssize_t)self->key));
    /* Views of a file must not be written to. */
    PyObject *array = value && !PyUnicode_Check(value) ? PyObject_CallMethod(value, "copy", NULL) : Py_XNewRef(value);
    PyObject *result = array ? value_of(self, array, 0, 0) : NULL;
    PyObject *made = result ? PyDict_New() : NULL;
    if (made && PyDict_SetItem(made, PyTuple_GetItem(self->outputs, 0), result) < 0) Py_CLEAR(made);
    Py_XDECREF(result);
    return made;
}

/* Returns the result of a function of samples: an empty dict if it drops the sample; NULL with an exception. */
static PyObject *made_of_sample(core_pipeline *pipeline, const function *self, PyObject *sample) {
    PyObject *made = dict_of(self, Py_NewRef(sample));
    if (made && PyDict_Size(made) == 0 && !colonnade_is_stream(pipeline->handle)) {
        PyErr_SetString(
            core_error_class(COLONNADE_INVALID_ARGUMENT),
            "the function returned an empty dict, but a buffer keeps each of its samples: to drop samples, use filter, or a stream");
        Py_CLEAR(made);
    }
    return made;
}

/* Finds the result types of a function: from the first sample that it does not drop, and from further samples as long as it makes
 * empty lists. 1 if they are known, 0 if there is no sample, -1 with an exception. */
static int learn(
    core_pipeline *pipeline, function *self, PyObject *(*make)(core_pipeline *, const function *, PyObject *),
    colonnade_field **fields, size_t *count) {
    int is_open = -1;
    for (int64_t index = 0; is_open != 0 && index < CORE_PROBED; index++) {
        PyObject *sample = first_sample(pipeline, &index);
        if (!sample) break;
        PyObject *made = make(pipeline, self, sample);
        Py_DECREF(sample);
        if (made && PyDict_Size(made) > 0) {
            bool is_first = is_open < 0;
            if (is_first) {
                Py_CLEAR(self->outputs);
                *count = (size_t)PyDict_Size(made);
            }
            int code = is_first ? core_fields_of(made, self->convert, &self->outputs, fields, &self->promises) : 0;
            if (code == 0) is_open = core_settle(made, self->convert, self->outputs, *fields, self->promises);
        }
        Py_XDECREF(made);
        if (PyErr_Occurred()) {
            say_tried();
            return -1;
        }
    }
    return PyErr_Occurred() ? -1 : is_open >= 0;
}

/* Sets the result types of a function of one key: those of the first sample, or without samples those of its input. */
static int learn_key(core_pipeline *pipeline, function *self, PyObject *output, colonnade_field **fields, size_t *count) {
    self->outputs = PyTuple_Pack(1, output);
    int known = self->outputs ? learn(pipeline, self, made_of_key, fields, count) : -1;
    if (known != 0) return known < 0 ? -1 : 0;
    const char *name = core_text(output);
    *fields = name ? PyMem_Calloc(1, sizeof **fields) : NULL;
    if (!*fields) {
        if (name) PyErr_NoMemory();
        return -1;
    }
    *count = 1;
    const colonnade_field *given = pipeline->fields[self->key];
    **fields = (colonnade_field){.name = name, .dtype = given->dtype, .rank = given->rank};
    if (given->kind == COLONNADE_KIND_STRING) (*fields)->kind = given->kind;
    for (int32_t dimension = 0; dimension < given->rank; dimension++) (*fields)->shape[dimension] = -1;
    return promise_inputs(*fields, 1, &self->promises);
}

/* Sets the result types of a function of samples: those of the first that it does not drop, or else those of its input. */
static int learn_sample(core_pipeline *pipeline, function *self, colonnade_field **fields, size_t *count) {
    int known = learn(pipeline, self, made_of_sample, fields, count);
    if (known != 0) return known < 0 ? -1 : 0;
    *count = (size_t)PyTuple_Size(pipeline->keys);
    self->outputs = Py_NewRef(pipeline->keys);
    *fields = PyMem_Calloc(*count + 1, sizeof **fields);
    if (!*fields) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t index = 0; index < *count; index++) (*fields)[index] = *pipeline->fields[index];
    return promise_inputs(*fields, *count, &self->promises);
}

/* A filter of a buffer is called for all samples now; that of a stream is tried on the first sample. */
static int try_condition(core_pipeline *pipeline, function *self) {
    if (!colonnade_is_stream(pipeline->handle)) return 0;
    int64_t index = 0;
    PyObject *sample = first_sample(pipeline, &index);
    if (!sample) return PyErr_Occurred() ? -1 : 0;
    int answer = answer_of(self, sample);
    if (answer < 0) say_tried();
    return answer < 0 ? -1 : 0;
}

/* Returns the field of a function of one key; -1 if there is none of that name. */
static Py_ssize_t find_key(core_pipeline *pipeline, PyObject *key) {
    Py_ssize_t count = PyTuple_Size(pipeline->keys);
    for (Py_ssize_t index = 0; index < count; index++)
        if (PyUnicode_Compare(PyTuple_GetItem(pipeline->keys, index), key) == 0) return index;
    return -1;
}

/* Sets the function that is called for a row, and the fields that it makes. */
static int prepare(
    core_pipeline *pipeline, function *self, const core_wanted *wanted, colonnade_field **fields, size_t *field_count) {
    switch (wanted->does) {
    case COLONNADE_DECIDES:
        self->call = condition_of_row;
        return try_condition(pipeline, self);
    case COLONNADE_UNPACKS:
        self->call = unpacked_of_row;
        return 0;
    case COLONNADE_MAKES_SAMPLES:
        self->call = sample_of_row;
        return learn_sample(pipeline, self, fields, field_count);
    default: break;
    }
    self->call = key_of_row;
    self->is_identified = wanted->is_identified;
    Py_ssize_t index = find_key(pipeline, wanted->key);
    /* The core reports the unknown key. */
    if (index < 0) return PyErr_Occurred() ? -1 : 0;
    self->key = (size_t)index;
    return learn_key(pipeline, self, wanted->output, fields, field_count);
}

/* The object that makes arrays of the values of one function, and remembers the modes of its pictures. */
static PyObject *new_converter(void) {
    PyObject *module = PyImport_ImportModule("colonnade._convert");
    PyObject *converter = module ? PyObject_CallMethod(module, "Converter", NULL) : NULL;
    Py_XDECREF(module);
    return converter;
}

int core_function_for(
    core_pipeline *pipeline, const core_wanted *wanted, PyObject *callable, colonnade_function *made, colonnade_field **fields,
    size_t *field_count) {
    if (!PyCallable_Check(callable)) {
        PyErr_Format(PyExc_TypeError, "expected a function, not %R", (PyObject *)Py_TYPE(callable));
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
    int code = 0;
    if (wanted->does == COLONNADE_MAKES_BUFFERS) {
        made->buffer = call_on_buffer;
    } else {
        made->rows = call_rows;
        self->convert = new_converter();
        code = self->convert ? prepare(pipeline, self, wanted, fields, field_count) : -1;
    }
    if (code < 0) {
        release_after_error(self);
        self = NULL;
    }
    made->context = self;
    made->release = release;
    return code;
}
