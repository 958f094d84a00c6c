/* SPDX-License-Identifier: Apache-2.0 */

/* Says which Colonnade it was built for and runs with:  cc version.c $(pkg-config --cflags --libs colonnade) */

#include <colonnade.h>
#include <inttypes.h>
#include <stdio.h>

int main(void) {
    printf("colonnade %s, interface %" PRIu32 " of %" PRIu32 "\n", colonnade_version(), colonnade_abi_version(),
           (uint32_t)COLONNADE_ABI_VERSION);
    return colonnade_abi_version() == COLONNADE_ABI_VERSION ? 0 : 1;
}
