/* SPDX-License-Identifier: Apache-2.0 */

/* Record batches for other libraries, by Arrow's PyCapsule interface. */

#include "core.h"

#include "../../Sources/CArrow/include/carrow.h"

static const char stream_name[] = "arrow_array_stream", schema_name[] = "arrow_schema";

static void drop_stream(PyObject *capsule) {
    struct ArrowArrayStream *stream = PyCapsule_GetPointer(capsule, stream_name);
    /* A consumer that took the stream has marked it as released. */
    if (stream->release) stream->release(stream);
    PyMem_Free(stream);
}

PyObject *core_arrow_stream(PyObject *self, PyObject *requested) {
    struct ArrowSchema *schema = NULL;
    if (requested != Py_None && !(schema = PyCapsule_GetPointer(requested, schema_name))) return NULL;
    struct ArrowArrayStream *stream = PyMem_Calloc(1, sizeof *stream);
    if (!stream) return PyErr_NoMemory();
    colonnade_error error;
    if (colonnade_export_arrow(((core_pipeline *)self)->handle, schema, stream, &error) < 0) {
        PyMem_Free(stream);
        return core_raise(&error);
    }
    PyObject *capsule = PyCapsule_New(stream, stream_name, drop_stream);
    if (!capsule) {
        stream->release(stream);
        PyMem_Free(stream);
    }
    return capsule;
}
