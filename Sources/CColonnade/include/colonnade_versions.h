/* SPDX-License-Identifier: Apache-2.0 */

/* Versions of data sets of many files, and the check of complete data sets. */
#ifndef COLONNADE_VERSIONS_H
#define COLONNADE_VERSIONS_H

#include "colonnade.h"

#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wnullability-extension"
#pragma clang assume_nonnull begin
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Opens a version of a data set of many files, which is a folder. `colonnade_open` opens the newest one.
 * - version: the number of the version, from 1; 0 for the newest one, or for that of the tag
 * - tag: the name of a tag, or NULL */
colonnade_pipeline *COLONNADE_NULLABLE colonnade_open_version(
    const char *path, int32_t check, int64_t version, const char *COLONNADE_NULLABLE tag, colonnade_error *COLONNADE_NULLABLE error);

/* Returns the number of the newest version of a data set of many files; 0 for a file, and for a path where nothing is; -1 on
 * failure. */
int64_t colonnade_newest_version(const char *path, colonnade_error *COLONNADE_NULLABLE error);

/* Begins columns for the rows of a data set, which `colonnade_append` and `colonnade_finish` write as they write rows of a file. A file
 * becomes a data set of many files.
 * - options: `is_replacing` says that the columns take the places of those with their names; no metadata
 * - version: the version of the rows; 0 means the newest one, or a file
 * - inputs: the columns from which they are made; if another writer replaces one, `colonnade_finish` fails */
colonnade_writer *COLONNADE_NULLABLE colonnade_add_columns(
    const char *path, const colonnade_field *COLONNADE_NULLABLE fields, size_t field_count, const colonnade_writer_options *COLONNADE_NULLABLE options,
    int64_t version, const char *COLONNADE_NULLABLE const *COLONNADE_NULLABLE inputs, size_t input_count,
    colonnade_error *COLONNADE_NULLABLE error);

/* Returns the number of rows without values, of a writer that adds columns; -1 on failure. It then writes for the newest version, so
 * that rows which others have appended meanwhile lack values. It fails if others have replaced, dropped or renamed an input.
 * - version: gets the number of that version; NULL for nothing. The rows that lack values are to be read from it, and no other */
int64_t colonnade_missing_rows(
    colonnade_writer *writer, int64_t *COLONNADE_NULLABLE version, colonnade_error *COLONNADE_NULLABLE error);

/* The functions below change the columns of a data set with one commit, and write no rows. A file becomes a data set of many files.
 * They return the new version; -1 on failure, and then nothing is changed. */

int64_t colonnade_drop_columns(
    const char *path, const char *COLONNADE_NULLABLE const *COLONNADE_NULLABLE names, size_t count, colonnade_error *COLONNADE_NULLABLE error);
/* Renames columns, all at once. `names`: an old name, its new name, an old name …; `count`: the number of texts, which is even */
int64_t colonnade_rename_columns(
    const char *path, const char *COLONNADE_NULLABLE const *COLONNADE_NULLABLE names, size_t count, colonnade_error *COLONNADE_NULLABLE error);
/* Corrects the class labels of a column. */
int64_t colonnade_set_labels(
    const char *path, const char *column, const char *COLONNADE_NULLABLE const *COLONNADE_NULLABLE labels, size_t count,
    colonnade_error *COLONNADE_NULLABLE error);

/* A job: tasks in any processes write rows of a data set of many files, and one commit makes the rows of all tasks part of it, in the
 * order of their numbers. Until then nothing is visible. A task that failed can run again, also twice at once: its rows count once.
 * - path: the folder of the data set, which the first task makes if it is not there
 * - job: a name that no other job of the data set has
 * - task: the number of the task, from 0
 * - task_count: the number of tasks; 0 if it is not known */

/* Returns the number of rows of a task that is finished; -2 for another task; -1 on failure, for example if the job has committed.
 * - sources: the text with which `colonnade_ingest_arrow` wrote the rows; it is an error if they were written with another one */
int64_t colonnade_task_rows(
    const char *path, const char *job, int64_t task, int64_t task_count, const char *COLONNADE_NULLABLE sources,
    colonnade_error *COLONNADE_NULLABLE error);

/* Begins the rows of a task that is not finished, which `colonnade_append` and `colonnade_finish` write as they write rows of a file.
 * - options: of a new data set; it is an error if they or the columns differ from those of other tasks. An existing data set has its
 *   own codecs, groups and metadata */
colonnade_writer *COLONNADE_NULLABLE colonnade_write_fragment(
    const char *path, const char *job, int64_t task, int64_t task_count, const colonnade_field *COLONNADE_NULLABLE fields, size_t field_count,
    const colonnade_writer_options *COLONNADE_NULLABLE options, colonnade_error *COLONNADE_NULLABLE error);

/* Commits the rows of all tasks, once: another call does nothing. Returns the newest version; -1 on failure, for example if a task is not
 * finished, and then nothing is changed.
 * - task_count: 0 for the number with which the tasks ran, or for the greatest number of a task and 1
 * - tasks: NULL for all tasks; otherwise `task_count` of them, whose rows alone are committed, in this order */
int64_t colonnade_commit(
    const char *path, const char *job, int64_t task_count, const int64_t *COLONNADE_NULLABLE tasks, colonnade_error *COLONNADE_NULLABLE error);

/* Options of `colonnade_ingest_files` for a task of a job, which reads its part of the sources: consecutive files, or those of the only folder.
 * - job: text; task, tasks: integers, the number of the task and of all tasks. Without `task` no rows are written: the columns of all
 *   tasks are settled from all sources, and the result is the number of files that tasks can share */

/* Commits the rows of all tasks as the first version of a data set, and removes the records of the job. Returns the number of rows; -1 on
 * failure, for example if there is a data set already, and then nothing is changed. */
int64_t colonnade_commit_new(
    const char *path, const char *job, int64_t task_count, colonnade_error *COLONNADE_NULLABLE error);

/* Removes the records of a job and, unless it has committed, what its tasks have written, as far as that is possible. No task may run.
 * - removes_folder: whether the folder of the data set is removed too if it is empty then */
void colonnade_discard_job(const char *path, const char *job, bool removes_folder);

/* Writes a data set of many files as one file, or a file as a data set of many files, with the same rows, columns, class labels, codecs,
 * metadata and entry points. Returns the number of rows; -1 on failure, and then the target is as it was.
 * - version, tag: see `colonnade_open_version`
 * - target: a file, or a data set of many files if it ends with a slash or is an empty folder
 * - replacing: whether a file that exists is replaced */
int64_t colonnade_pack(
    const char *source, int64_t version, const char *COLONNADE_NULLABLE tag, const char *target, bool replacing,
    colonnade_progress COLONNADE_NULLABLE progress, void *COLONNADE_NULLABLE context, colonnade_error *COLONNADE_NULLABLE error);

/* Checks a complete file, or all versions of a data set of many files: every checksum and every rule of the format. With `has_media`,
 * each picture and sound of the newest version is decoded too, if there is no other problem, and the entry points of pictures are compared with those
 * that an ingest finds. Of sound for which libsndfile is needed and missing, headers and ends are checked. Returns the number of problems, or a negative number. The checks stop after about a hundred problems.
 * `problems` receives a text with a line for each, or is not changed if there is none. */
int64_t colonnade_verify(
    const char *path, bool has_media, colonnade_progress COLONNADE_NULLABLE progress, void *COLONNADE_NULLABLE context,
    char *COLONNADE_NULLABLE *COLONNADE_NULLABLE problems, colonnade_error *COLONNADE_NULLABLE error);

#ifdef __cplusplus
}
#endif

#ifdef __clang__
#pragma clang assume_nonnull end
#pragma clang diagnostic pop
#endif

#endif
