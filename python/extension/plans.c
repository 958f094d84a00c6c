/* SPDX-License-Identifier: Apache-2.0 */

/* Plans as text, beside which stand the objects of Python that text cannot hold. */

#include "core.h"

#include "colonnade_plans.h"

#include <string.h>

/* Appends an object of a plan to a list: a function, the factory of an iterable, or a pipeline of samples in memory. */
static void keep(void *context, int32_t kind, void *object) {
    PyObject *item;
    if (kind == COLONNADE_OBJECT_FUNCTION) item = Py_NewRef(core_callable(object));
    else if (kind == COLONNADE_OBJECT_SOURCE) item = Py_NewRef(core_factory(object));
    else item = core_pipeline_make(colonnade_retain(object), NULL);
    if (item) PyList_Append(context, item);
    Py_XDECREF(item);
}

static PyObject *text_of(core_pipeline *pipeline, colonnade_keep function, PyObject *objects) {
    colonnade_error error;
    char *text = colonnade_plan(pipeline->handle, function, objects, &error);
    if (!text) return core_raise(&error);
    PyObject *made = PyErr_Occurred() ? NULL : PyUnicode_FromString(text);
    colonnade_free(text);
    return made;
}

PyObject *core_plan(PyObject *self, PyObject *nothing) {
    (void)nothing;
    return text_of((core_pipeline *)self, NULL, NULL);
}

PyObject *core_plan_with_objects(PyObject *self, PyObject *nothing) {
    (void)nothing;
    PyObject *objects = PyList_New(0);
    PyObject *text = objects ? text_of((core_pipeline *)self, keep, objects) : NULL;
    PyObject *result = text ? PyTuple_Pack(2, text, objects) : NULL;
    Py_XDECREF(text);
    Py_XDECREF(objects);
    return result;
}

/* Asks a function of Python for the pipeline of a step. */
static colonnade_pipeline *make(
    void *context, size_t object, colonnade_pipeline *given, const char *operation, const char *arguments,
    colonnade_error *error) {
    PyGILState_STATE state;
    if (!core_enter(&state)) {
        error->code = COLONNADE_CANCELLED;
        strcpy(error->message, "the interpreter is ending");
        return NULL;
    }
    colonnade_pipeline *handle = NULL;
    PyObject *pipeline = given ? core_pipeline_make(colonnade_retain(given), error) : Py_NewRef(Py_None);
    PyObject *made = pipeline ? PyObject_CallFunction(context, "nOss", (Py_ssize_t)object, pipeline, operation, arguments) : NULL;
    Py_XDECREF(pipeline);
    if (made && (PyObject *)Py_TYPE(made) == (PyObject *)core_pipeline_type) {
        handle = colonnade_retain(((core_pipeline *)made)->handle);
    } else {
        if (made) PyErr_Format(PyExc_TypeError, "expected a pipeline, not %R", (PyObject *)Py_TYPE(made));
        core_store_exception(error, -1);
    }
    Py_XDECREF(made);
    core_leave(state);
    return handle;
}

PyObject *core_from_plan(PyObject *module, PyObject *arguments) {
    (void)module;
    const char *text;
    Py_ssize_t size;
    PyObject *function = NULL;
    if (!PyArg_ParseTuple(arguments, "s#|O", &text, &size, &function)) return NULL;
    colonnade_error error;
    colonnade_pipeline *handle;
    Py_BEGIN_ALLOW_THREADS
    handle = colonnade_from_plan(text, (size_t)size, function ? make : NULL, function, &error);
    Py_END_ALLOW_THREADS
    return core_pipeline_make(handle, &error);
}

PyObject *core_operations_since(PyObject *self, PyObject *earlier) {
    if ((PyObject *)Py_TYPE(earlier) != (PyObject *)core_pipeline_type) {
        PyErr_SetString(PyExc_TypeError, "expected a pipeline");
        return NULL;
    }
    int64_t count = colonnade_operations_since(((core_pipeline *)earlier)->handle, ((core_pipeline *)self)->handle);
    if (count < 0) Py_RETURN_NONE;
    return PyLong_FromLongLong(count);
}

PyObject *core_before(PyObject *self, PyObject *count) {
    long long number = PyLong_AsLongLong(count);
    if (number == -1 && PyErr_Occurred()) return NULL;
    colonnade_error error;
    colonnade_pipeline *handle;
    Py_BEGIN_ALLOW_THREADS
    handle = colonnade_before(((core_pipeline *)self)->handle, number, &error);
    Py_END_ALLOW_THREADS
    return core_pipeline_make(handle, &error);
}

PyObject *core_reapply(PyObject *self, PyObject *arguments) {
    long long number;
    PyObject *onto;
    if (!PyArg_ParseTuple(arguments, "LO!", &number, core_pipeline_type, &onto)) return NULL;
    colonnade_error error;
    colonnade_pipeline *handle;
    Py_BEGIN_ALLOW_THREADS
    handle = colonnade_reapply(((core_pipeline *)self)->handle, number, ((core_pipeline *)onto)->handle, &error);
    Py_END_ALLOW_THREADS
    return core_pipeline_make(handle, &error);
}
