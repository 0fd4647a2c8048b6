// SPDX-License-Identifier: Apache-2.0
#include "objects/file.h"

bool programs_file_has(const struct programs_file *file, const struct program_row *row)
{
    for (size_t i = 0; i < file->n_rows; i++)
        if (file->rows[i] == row)
            return true;
    return false;
}

const struct programs_file *programs_files_of(const struct programs_files *files,
                                              const struct program_row *row)
{
    for (size_t i = 0; i < files->n_files; i++)
        if (programs_file_has(&files->files[i], row))
            return &files->files[i];
    return NULL;
}
