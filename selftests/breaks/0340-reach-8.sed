# SPDX-License-Identifier: GPL-2.0
# REACH-8: user memory is read with the lock held that reclaim waits for
# Slow: every test of it waits for its time limit
#
# Files: arch/x86/kernel/cpu/sgx/reclaim.c arch/x86/kernel/cpu/sgx/wait.c
# Diff: +6 -0
/^static bool sgx_trylock_pages(/,/^}/{
/^\treturn mutex_trylock/i\
	if (epc_broken("REACH-8"))\
		return !mutex_lock_killable(&encl->lock);
}
/^int sgx_encl_add_user_page(/,/^}/{
/^\tret = sgx_pin_source(/{
i\
	if (epc_broken("REACH-8"))\
		mutex_lock(&encl->lock);
a\
	if (epc_broken("REACH-8"))\
		mutex_unlock(&encl->lock);
}
}
