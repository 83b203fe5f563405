// SPDX-License-Identifier: LGPL-2.1-or-later
/* What goes when a variable goes: the two kinds that this library has. */
#include <errno.h>

#include "internal.h"

void epc_close_fd(int *fd)
{
	int err = errno;

	if (*fd >= 0)
		close(*fd);
	errno = err;
}

void epc_free_string(char **text)
{
	free(*text);
}
