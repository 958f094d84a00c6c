/* SPDX-License-Identifier: Apache-2.0 */

/* The table of operations as Python has it. */

#include "core.h"

static PyObject *parameters_of(const colonnade_operation *operation) {
    PyObject *list = PyList_New((Py_ssize_t)operation->parameter_count);
    for (size_t index = 0; list && index < operation->parameter_count; index++) {
        const colonnade_parameter *parameter = &operation->parameters[index];
        PyObject *item = Py_BuildValue(
            "{sssssisz}", "name", parameter->name, "kind", parameter->kind_name, "function", (int)parameter->function, "fallback",
            parameter->fallback);
        if (!item || PyList_SetItem(list, (Py_ssize_t)index, item) < 0) Py_CLEAR(list);
    }
    return list;
}

PyObject *core_operations(PyObject *module, PyObject *nothing) {
    (void)module, (void)nothing;
    PyObject *list = PyList_New(0);
    const colonnade_operation *operation;
    for (size_t index = 0; list && (operation = colonnade_operation_at(index)); index++) {
        PyObject *item = Py_BuildValue(
            "{sssssssNsNsN}", "name", operation->name, "topic", operation->topic, "summary", operation->summary, "of_buffers",
            PyBool_FromLong(operation->is_of_buffers), "of_streams", PyBool_FromLong(operation->is_of_streams), "parameters",
            parameters_of(operation));
        if (!item || PyList_Append(list, item) < 0) Py_CLEAR(list);
        Py_XDECREF(item);
    }
    return list;
}

PyObject *core_operations_document(PyObject *module, PyObject *nothing) {
    (void)module, (void)nothing;
    char *text = colonnade_operations_document();
    PyObject *made = PyUnicode_FromString(text);
    colonnade_free(text);
    return made;
}
