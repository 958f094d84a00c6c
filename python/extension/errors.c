/* SPDX-License-Identifier: Apache-2.0 */

/* Converts errors of the core to exceptions, and passes exceptions of user functions through the core. */

#include "core.h"

#include <stdarg.h>
#include <string.h>

static PyObject *classes; /* code of an error -> class */

PyObject *core_set_error_classes(PyObject *module, PyObject *given) {
    (void)module;
    if (!PyDict_Check(given)) {
        PyErr_SetString(PyExc_TypeError, "expected a dict from codes to classes");
        return NULL;
    }
    Py_XDECREF(classes);
    Py_INCREF(given);
    classes = given;
    Py_RETURN_NONE;
}

/* Exceptions in flight: {number: exception}. Exceptions that a dropped pass never delivers stay here, up to a limit. */
static PyObject *travelling;
static unsigned long long next_number = 1;
enum { MOST_TRAVELLING = 256 };

static PyObject *take_exception(const colonnade_error *error) {
    if (!travelling || !error->cause) return NULL;
    PyObject *number = PyLong_FromVoidPtr(error->cause);
    if (!number) return NULL;
    PyObject *exception = PyDict_GetItemWithError(travelling, number);
    Py_XINCREF(exception);
    /* The frames of the exception hold samples, so it is removed as soon as possible. */
    if (exception && PyDict_DelItem(travelling, number) < 0) PyErr_Clear();
    Py_DECREF(number);
    return exception;
}

void core_store_exception(colonnade_error *error, int64_t row) {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (value && traceback) PyException_SetTraceback(value, traceback);
    if (value && PyErr_GivenExceptionMatches(type, PyExc_StopIteration)) {
        /* StopIteration would silently end the loop of the consumer (PEP 479). */
        PyObject *wrapped = PyObject_CallFunction(PyExc_RuntimeError, "s", "a user function raised StopIteration");
        if (wrapped) {
            PyException_SetCause(wrapped, value);
            value = wrapped;
        }
    }
    error->code = COLONNADE_USER_FUNCTION;
    error->row = row;
    error->cause = NULL;
    error->message[0] = 0;
    if (!travelling) travelling = PyDict_New();
    if (travelling && value) {
        if (PyDict_Size(travelling) >= MOST_TRAVELLING) {
            PyObject *key, *oldest;
            Py_ssize_t at = 0;
            if (PyDict_Next(travelling, &at, &key, &oldest)) {
                Py_INCREF(key);
                PyDict_DelItem(travelling, key);
                Py_DECREF(key);
            }
        }
        PyObject *number = PyLong_FromUnsignedLongLong(next_number);
        if (number && PyDict_SetItem(travelling, number, value) == 0) error->cause = (void *)(uintptr_t)next_number++;
        Py_XDECREF(number);
    }
    /* Other libraries that read batches get the text alone. */
    PyObject *text = value ? PyObject_Repr(value) : NULL;
    Py_ssize_t size = 0;
    const char *bytes = text ? PyUnicode_AsUTF8AndSize(text, &size) : NULL;
    if (!bytes) {
        PyErr_Clear();
        bytes = "a user function failed";
        size = (Py_ssize_t)strlen(bytes);
    }
    size_t most = sizeof error->message - 1;
    size_t copied = (size_t)size < most ? (size_t)size : most;
    memcpy(error->message, bytes, copied);
    error->message[copied] = 0;
    Py_XDECREF(text);
    PyErr_Clear();
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

/* Returns the current exception with another message, and its traceback. */
void core_reword(const char *format, ...) {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    va_list arguments;
    va_start(arguments, format);
    PyObject *place = PyUnicode_FromFormatV(format, arguments);
    va_end(arguments);
    PyObject *text = place && value ? PyUnicode_FromFormat("%U: %S", place, value) : NULL;
    PyObject *made = text && PyErr_GivenExceptionMatches(type, PyExc_Exception) ? PyObject_CallFunctionObjArgs(type, text, NULL) : NULL;
    Py_XDECREF(text);
    Py_XDECREF(place);
    PyErr_Clear();
    if (made) {
        Py_XDECREF(value);
        value = made;
    }
    PyErr_Restore(type, value, traceback);
}

const char *core_utf8(PyObject *text, Py_ssize_t *size) {
    const char *bytes = PyUnicode_AsUTF8AndSize(text, size);
    if (bytes || !PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) return bytes;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    Py_ssize_t start = 0;
    if (PyUnicodeEncodeError_GetStart(value, &start) < 0) PyErr_Clear();
    PyErr_Format(core_error_class(COLONNADE_INVALID_ARGUMENT),
                 "the str %.80A has a lone surrogate at character %zd, which UTF-8 cannot have: give it as bytes, or replace the character",
                 text, start);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return NULL;
}

const char *core_text(PyObject *text) {
    Py_ssize_t size;
    const char *bytes = core_utf8(text, &size);
    if (!bytes || strlen(bytes) == (size_t)size) return bytes;
    PyErr_Format(PyExc_ValueError, "%R has a NUL character: names, labels and metadata are texts without one", text);
    return NULL;
}

/* Adds a note about the sample, once. */
static void add_note(PyObject *exception, const colonnade_error *error) {
    if (error->row < 0) return;
    PyObject *notes = PyObject_GetAttrString(exception, "__notes__");
    if (!notes) PyErr_Clear();
    PyObject *note = error->key[0]
                         ? PyUnicode_FromFormat("while Colonnade made row %lld, key \"%s\"", (long long)error->row, error->key)
                         : PyUnicode_FromFormat("while Colonnade made row %lld", (long long)error->row);
    if (note && !(notes && PySequence_Contains(notes, note) == 1)) {
        PyObject *done = PyObject_CallMethod(exception, "add_note", "O", note);
        Py_XDECREF(done);
    }
    PyErr_Clear();
    Py_XDECREF(note);
    Py_XDECREF(notes);
}

PyObject *core_error_class(int32_t number) {
    PyObject *code = classes ? PyLong_FromLong(number) : NULL;
    PyObject *class = code ? PyDict_GetItemWithError(classes, code) : NULL;
    Py_XDECREF(code);
    return class ? class : PyExc_RuntimeError;
}

PyObject *core_raise(const colonnade_error *error) {
    /* The exception of a signal handler that ended a wait. */
    if (error->code == COLONNADE_CANCELLED && PyErr_Occurred()) return NULL;
    PyObject *exception = take_exception(error);
    if (exception) {
        add_note(exception, error);
        PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
        Py_DECREF(exception);
        return NULL;
    }
    PyObject *class = core_error_class(error->code);
    PyObject *text = PyUnicode_DecodeUTF8(error->message, (Py_ssize_t)strlen(error->message), "replace");
    if (text) PyErr_SetObject(class, text);
    Py_XDECREF(text);
    return NULL;
}
