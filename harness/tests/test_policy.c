// SPDX-License-Identifier: GPL-2.0
/* The machine in which the KUnit tests of the policy run; they are linked in. */
#include <harness/harness.h>

__attribute__((constructor)) static void boot(void)
{
	harness_init();
	harness_leak_mark();
}
