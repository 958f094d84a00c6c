/* SPDX-License-Identifier: Apache-2.0 */

/* The header of all files of the extension: Python's stable interface of 3.11, that of Colonnade, and the shared functions. All
 * functions except those of threads.c must be called with the GIL held. */

#ifndef COLONNADE_CORE_H
#define COLONNADE_CORE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "colonnade.h"
#include "colonnade_operations.h"
#include "colonnade_table.h"
#include "colonnade_text.h"

/* --- state.c: objects of Python that the module uses --- */

/* Objects of NumPy and of the package that are looked up once. */
extern PyObject *core_ndarray, *core_generic, *core_object_dtype;
/* Types by the number of a data type; bfloat16 only if ml_dtypes is installed. */
PyObject *core_dtype(int32_t dtype);
const char *core_dtype_name(int32_t dtype);
/* Returns -1 with an exception for an unknown name. */
int32_t core_dtype_number(PyObject *name);
int core_state_init(void);

/* --- numpy.c: NumPy's C interface --- */

/* Returns an array over memory that `owner` keeps alive. Takes the reference to `owner`, also on failure. */
PyObject *core_array_over(const colonnade_tensor *tensor, PyObject *dtype, PyObject *owner);
/* Does the same for values with a distance in bytes between them along the first dimension. */
PyObject *core_strided_array_over(const colonnade_tensor *tensor, int64_t stride, PyObject *dtype, PyObject *owner);
/* Returns an array of objects, and its memory, which the caller fills: NULL means None. Without an exception returns NULL
 * where NumPy's interface is unknown. */
PyObject *core_object_array(const int64_t *shape, int32_t rank, PyObject ***objects);
int core_numpy_init(void);

/* --- errors.c --- */

/* Raises an error; returns NULL. */
PyObject *core_raise(const colonnade_error *error);
/* Returns the class of an error code, as a borrowed reference. */
PyObject *core_error_class(int32_t code);
/* Prefixes the message of the current exception with the place of the error. */
void core_reword(const char *format, ...);
/* Returns the text of a str as a C string, which lives as long as the str; NULL, with ValueError, if it has a NUL character. */
const char *core_text(PyObject *text);
/* Returns the UTF-8 of a str, which lives as long as the str. Raises ValueError with the place for a lone surrogate. */
const char *core_utf8(PyObject *text, Py_ssize_t *size);
/* Returns the texts of a list, or none for NULL, in memory of PyMem, valid as long as the list; with an exception if one is no text. */
const char **core_texts(PyObject *list, size_t *count);
/* Stores the current exception in an error, and clears it. `row` is the index of the sample in the call. */
void core_store_exception(colonnade_error *error, int64_t row);
PyObject *core_set_error_classes(PyObject *module, PyObject *classes);

/* --- threads.c: threads of the core, forks, the end of the interpreter --- */

/* Takes the GIL for a thread of the core; false once the interpreter ends, and then no object of Python may be used. */
bool core_enter(PyGILState_STATE *state);
void core_leave(PyGILState_STATE state);
/* Releases an object from any thread. */
void core_drop(void *object);
/* Returns a number that differs in a forked child, where threads of the parent are missing. */
uint64_t core_generation(void);
int core_threads_init(void);

/* --- memory.c: tensors as arrays --- */

int core_memory_init(PyObject *module);
/* Returns the value of a field; takes the tensor's owner, also on failure. */
PyObject *core_array(colonnade_tensor *tensor, const colonnade_field *field);
/* Returns the values of a field over all samples; takes the tensor's owner, also on failure. */
PyObject *core_column(colonnade_tensor *tensor, int64_t stride, const colonnade_field *field);
void core_release_tensors(colonnade_tensor *tensors, size_t count);

/* --- values.c: Python's values as elements --- */

typedef struct core_value {
    /* COLONNADE_KIND_STRING for str, and for arrays and lists of str, which have one dimension more, padded with 255; else
     * COLONNADE_KIND_TENSOR. */
    int32_t kind;
    int32_t dtype;
    int32_t rank;
    int64_t shape[COLONNADE_MAX_RANK];
    const void *data;
    size_t byte_count;
    /* The owner of the memory: an array or bytes whose memory may be shared, or NULL if the memory is `scalar`. */
    PyObject *owner;
    /* Whether the memory stays valid as long as the owner lives. */
    bool is_shareable;
    union {
        int64_t integer;
        double number;
    } scalar;
} core_value;

/* Reads a value; -1 with an exception. `convert` makes an array of a value that C cannot read directly. */
int core_value_get(core_value *value, PyObject *object, PyObject *convert);
/* Reads the value of a key, which `convert` receives as its second argument, since it compares values of a key. */
int core_value_get_of(core_value *value, PyObject *object, PyObject *convert, PyObject *key);
void core_value_clear(core_value *value);

/* The kind, data type and rank that the first sample declares for a key of all samples. */
typedef struct core_promise {
    int32_t kind;
    int32_t dtype;
    int32_t rank;
    int64_t shape[COLONNADE_MAX_RANK];
    /* Returns whether the value is an empty list, whose data type is open. */
    bool is_open;
} core_promise;

/* The number of samples that are read to find the data type of an empty list. */
enum { CORE_PROBED = 16 };

/* Whether the value is an empty list, or an array of shape (0,): a picture without boxes among pictures that have boxes. */
bool core_is_empty_list(const core_value *value, PyObject *object);
void core_promise_of(core_promise *promise, const core_value *value, PyObject *object);
/* Puts a value into the results of the core, if it has the declared kind; -1 with the error set. An empty list gets the declared
 * data type and dimensions. */
int core_put(
    colonnade_results *results, int64_t row, size_t field, const core_promise *promise, PyObject *object, PyObject *convert,
    PyObject *key, colonnade_error *error);
/* Returns "str" for text, else the name of the data type. */
const char *core_value_name(int32_t kind, int32_t dtype);

/* --- the types --- */

extern PyTypeObject *core_pipeline_type;

typedef struct core_pipeline {
    PyObject_HEAD
    colonnade_pipeline *handle;
    /* The names of its fields, as a tuple, and the fields. */
    PyObject *keys;
    const colonnade_field **fields;
    size_t count;
} core_pipeline;

/* Memory for the tensors of one sample: on the stack unless there are many. */
enum { CORE_FEW_FIELDS = 8 };

/* Returns a pipeline as a Python object; NULL with an exception if `handle` is NULL. Takes the handle. */
PyObject *core_pipeline_make(colonnade_pipeline *handle, const colonnade_error *error);
int core_pipeline_init(PyObject *module);
/* Returns a dict of the values of a sample or batch of the pipeline; takes the tensors' owners. */
PyObject *core_sample(colonnade_tensor *tensors, const core_pipeline *pipeline);

PyObject *core_pass_begin(core_pipeline *pipeline, int64_t epoch, const char *position);
int core_pass_init(PyObject *module);
int core_writer_init(PyObject *module);
int core_exclusive_init(PyObject *module);

/* --- operations --- */

PyObject *core_apply(core_pipeline *pipeline, PyObject *name, PyObject *keywords);
/* The table of operations, as a list of dicts, and as Markdown. */
PyObject *core_operations(PyObject *module, PyObject *nothing);
PyObject *core_operations_document(PyObject *module, PyObject *nothing);
/* What an operation wants of a function. */
typedef struct core_wanted {
    int32_t does; /* COLONNADE_MAKES_VALUES and the following */
    /* Of a function of values: the key that it gets, the key of its result, and whether it gets epoch and row as well. */
    PyObject *key, *output;
    bool is_identified;
} core_wanted;
/* Makes a function of the user one of the core. `fields` are those that it makes, in memory of PyMem. */
int core_function_for(
    core_pipeline *pipeline, const core_wanted *wanted, PyObject *callable, colonnade_function *made, colonnade_field **fields,
    size_t *field_count);
/* Sets the fields that a dict, the first sample, declares. Names are borrowed from its keys, which are put into a new tuple. The
 * arrays are allocated by PyMem, with one field for each key. -1 with an exception. */
int core_fields_of(PyObject *sample, PyObject *convert, PyObject **keys, colonnade_field **fields, core_promise **promises);
/* Completes open fields by the dict of another sample: 1 if a field is still open, 0 if none is, -1 with an exception. */
int core_settle(PyObject *sample, PyObject *convert, PyObject *keys, colonnade_field *fields, core_promise *promises);

/* --- tokenizer.c: texts that are not in a pipeline --- */

/* Makes a tokenizer of the core from keyword arguments, as a capsule; in apply.c. */
PyObject *core_make_tokenizer(PyObject *module, PyObject *arguments, PyObject *keywords);
/* Returns a capsule that releases the tokenizer, or NULL with the exception of an error. */
PyObject *core_tokenizer_capsule(colonnade_tokenizer *tokenizer, const colonnade_error *error);
PyObject *core_tokenize(PyObject *module, PyObject *arguments);
PyObject *core_tokenize_all_ways(PyObject *module, PyObject *arguments);
PyObject *core_sentencepiece(PyObject *module, PyObject *data);

/* --- plans --- */

PyObject *core_plan(PyObject *self, PyObject *nothing);
PyObject *core_plan_with_objects(PyObject *self, PyObject *nothing);
PyObject *core_from_plan(PyObject *module, PyObject *arguments);
PyObject *core_operations_since(PyObject *self, PyObject *earlier);
PyObject *core_before(PyObject *self, PyObject *count);
PyObject *core_reapply(PyObject *self, PyObject *arguments);
/* Returns the callable of a function of the core, as a borrowed reference. */
PyObject *core_callable(void *context);
/* Returns the function that makes the iterables of a source, as a borrowed reference. */
PyObject *core_factory(void *context);

/* The function that makes arrays of values, which the package sets. */
extern PyObject *core_convert;

PyObject *core_samples(PyObject *module, PyObject *arguments);
PyObject *core_iterable(PyObject *module, PyObject *arguments);
PyObject *core_ingest_arrow(PyObject *module, PyObject *arguments, PyObject *keywords);
PyObject *core_arrow_stream(PyObject *self, PyObject *requested);
PyObject *core_ingest_files(PyObject *module, PyObject *arguments, PyObject *keywords);
PyObject *core_pack(PyObject *module, PyObject *arguments);
PyObject *core_verify(PyObject *module, PyObject *arguments);
/* Whether passes that this thread begins only read first samples. */
void core_look(bool value);

#endif
