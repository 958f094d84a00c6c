/* SPDX-License-Identifier: Apache-2.0 */

/* The module colonnade._core: its functions, and what happens when it is imported. */

#include "core.h"

static PyObject *version(PyObject *module, PyObject *nothing) {
    (void)module, (void)nothing;
    return PyUnicode_FromString(colonnade_version());
}

static PyMethodDef functions[] = {
    {"version", version, METH_NOARGS, "The version of the Swift core."},
    {NULL, NULL, 0, NULL},
};

static int execute(PyObject *module) {
    (void)module;
    if (colonnade_abi_version() != COLONNADE_ABI_VERSION) {
        PyErr_Format(PyExc_ImportError, "colonnade._core was built for version %u of the C interface and got %u",
                     COLONNADE_ABI_VERSION, colonnade_abi_version());
        return -1;
    }
    return 0;
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
